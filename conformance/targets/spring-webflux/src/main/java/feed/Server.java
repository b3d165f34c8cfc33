package feed;

import java.time.Duration;
import java.util.Map;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Spring WebFlux: a {@code Flux<ServerSentEvent<String>>} out of a sink, the usual way to send one event to all. */
@SpringBootApplication
@RestController
public class Server {

    record Message(String data, String event, String id, Long retry) {}

    private final Sinks.Many<ServerSentEvent<String>> sink = Sinks.many().multicast().directBestEffort();

    @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<String>> events() {
        // Who cannot keep up loses the oldest events.
        return sink.asFlux().onBackpressureBuffer(100, BufferOverflowStrategy.DROP_OLDEST);
    }

    @PostMapping("/publish")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    synchronized void publish(@RequestBody Message message) {
        if (message.data() == null) throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "data is missing");
        try {
            ServerSentEvent.Builder<String> event = ServerSentEvent.builder(message.data());
            if (message.event() != null) event.event(message.event());
            if (message.id() != null) event.id(message.id());
            if (message.retry() != null) event.retry(Duration.ofMillis(message.retry()));
            sink.tryEmitNext(event.build());
        } catch (IllegalArgumentException refused) {
            throw new ResponseStatusException(HttpStatus.UNPROCESSABLE_ENTITY, refused.getMessage());
        }
    }

    @GetMapping("/stats")
    Map<String, Integer> stats() {
        return Map.of("openStreams", sink.currentSubscriberCount());
    }

    public static void main(String[] args) {
        SpringApplication.run(Server.class, args);
    }
}
