// NestJS with the decorator `@Sse()` and a Subject, after its page "Server-Sent Events".
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppController } from './app.controller.ts';

@Module({ controllers: [AppController] })
class AppModule {}

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['error'] });
app.useBodyParser('json', { limit: '16mb' });
await app.listen(Number(process.argv[2]), '127.0.0.1');
