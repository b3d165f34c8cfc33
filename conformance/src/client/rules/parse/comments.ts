import type { ClientRule } from '../../client-rule.ts';
import { message, named } from '../../expected.ts';
import { streamRule } from '../../stream-rule.ts';

const long = 'x'.repeat(2048);

export const comments: readonly ClientRule[] = [
  streamRule('parse/comments-are-ignored', 'CP-31', {
    title: 'Comments are ignored',
    statement: 'A line that starts with a colon is ignored, whatever it holds and however it ends.',
    cases: [
      [`data:1\r:\0\n:\r\ndata:2\n:${long}\rdata:3\n:data:fail\r:${long}\ndata:4\n\n`, message('1\n2\n3\n4')],
      ['data:1\r:\0\n:\r\ndata:2\n:x\rdata:3\n:data:fail\r:x\ndata:4\n\n', message('1\n2\n3\n4')],
    ],
  }),
  streamRule('parse/comment-keeps-buffers', 'CP-32', {
    title: 'A comment keeps the block',
    statement: 'A comment neither ends a block nor touches what is buffered.',
    cases: [['event: foo\n: c\nid: 1\n:\ndata: x\n: data: no\n\n', named('foo', 'x', '1')]],
  }),
  streamRule('parse/comment-blocks-are-silent', 'CP-33', {
    title: 'Blocks of comments are silent',
    statement: 'A block that holds only comments dispatches nothing.',
    cases: [['data: Hello\n\n:nothing to see here\n\n:\n\ndata: World\n\n', message('Hello'), message('World')]],
  }),
];
