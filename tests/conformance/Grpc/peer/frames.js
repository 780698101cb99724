// Requests as no client of gRPC sends them, written with node's own HTTP/2. The names of the checks are those in FrameTests.cs.
'use strict';

const assert = require('assert');
const http2 = require('http2');
const net = require('net');
const zlib = require('zlib');

const OK = '0', CANCELLED = '1', DEADLINE_EXCEEDED = '4', RESOURCE_EXHAUSTED = '8', UNIMPLEMENTED = '12', INTERNAL = '13';

const frame = (message, flag = 0, length = message.length) => {
    const header = Buffer.alloc(5);
    header[0] = flag;
    header.writeUInt32BE(length, 1);
    return Buffer.concat([header, message]);
};

// test.v1.Message with the text "a"
const message = Buffer.from([0x0a, 1, 0x61]);

const request = (session, path, headers = {}) => session.request({
    ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers });

// Sends bodies and ends; what came back.
const send = (session, path, headers, ...bodies) => new Promise(resolve => {
    const stream = request(session, path, headers);
    const got = { status: undefined, http: undefined, data: 0 };
    const take = headers => {
        got.http ??= headers[':status'];
        got.status ??= headers['grpc-status'];
        got.message ??= headers['grpc-message'];
        got.encodings ??= headers['grpc-accept-encoding'];
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('data', data => got.data += data.length);
    stream.on('error', error => got.error = error);
    stream.on('close', () => resolve({ ...got, reset: stream.rstCode }));
    bodies.forEach(body => stream.write(body));
    stream.end();
});

const withSession = body => async socket => {
    const session = http2.connect('http://localhost', { createConnection: () => net.connect(socket) });
    await body(session, socket);

    // Whatever it was, the connection serves on.
    assert.strictEqual((await send(session, '/test.v1.Test/Echo', {}, frame(message))).status, OK);
    session.close();
};

// A request to a method, and the status it ends with.
const ends = (status, method, headers, ...bodies) => withSession(async session => {
    const got = await send(session, '/test.v1.Test/' + method, headers, ...bodies);
    assert.strictEqual(got.http, 200);
    assert.strictEqual(got.status, status, JSON.stringify(got));
});

const gzip = { 'grpc-encoding': 'gzip' };
const packed = zlib.gzipSync(Buffer.concat([Buffer.from([0x0a, 0xe8, 0x07]), Buffer.alloc(1000, 0x61)]));

const checks = {
    'a call as it should be': ends(OK, 'Echo', {}, frame(message)),
    'a message byte by byte': ends(OK, 'Echo', {}, ...[...frame(message)].map(byte => Buffer.from([byte]))),
    'a compressed message': ends(OK, 'Echo', gzip, frame(packed, 1)),
    'a plain message where there may be compressed ones': ends(OK, 'Echo', gzip, frame(message)),
    'another content type of gRPC': ends(OK, 'Echo', { 'content-type': 'application/grpc+proto; charset=x' }, frame(message)),
    'no messages in a stream': ends(OK, 'Join', {}),
    'no message': ends(INTERNAL, 'Echo', {}),
    'a second message': ends(INTERNAL, 'Echo', {}, frame(message), frame(message)),
    'an unknown flag': ends(INTERNAL, 'Echo', {}, frame(message, 2)),
    'a header that is cut off': ends(INTERNAL, 'Echo', {}, frame(message).subarray(0, 4)),
    'a message that is cut off': ends(INTERNAL, 'Echo', {}, frame(message, 0, 4)),
    'a second message that is cut off': ends(INTERNAL, 'Join', {}, frame(message), frame(message, 0, 4)),
    'a message that is too long': ends(RESOURCE_EXHAUSTED, 'Echo', {}, frame(message, 0, (1 << 20) + 1)),
    'a length beyond all bounds': ends(RESOURCE_EXHAUSTED, 'Join', {}, frame(message, 0, 0xffffffff)),
    'what is no message': ends(INTERNAL, 'Echo', {}, frame(Buffer.from([0x0a, 200, 1]))),
    'a compressed message without an encoding': ends(INTERNAL, 'Echo', {}, frame(packed, 1)),
    'a compressed message with the encoding identity': ends(INTERNAL, 'Echo', { 'grpc-encoding': 'identity' }, frame(packed, 1)),
    'what is no gzip': ends(INTERNAL, 'Echo', gzip, frame(message, 1)),
    'gzip that is cut off': ends(INTERNAL, 'Echo', gzip, frame(packed.subarray(0, packed.length - 9), 1)),
    'gzip of nothing at all': ends(INTERNAL, 'Echo', gzip, frame(Buffer.alloc(0), 1)),
    'a compressed message that would be huge': ends(RESOURCE_EXHAUSTED, 'Echo', gzip, frame(zlib.gzipSync(Buffer.alloc(200 << 20)), 1)),
    'a timeout without a unit': ends(INTERNAL, 'Echo', { 'grpc-timeout': '10' }, frame(message)),
    'a timeout with too many digits': ends(INTERNAL, 'Echo', { 'grpc-timeout': '123456789S' }, frame(message)),
    'the longest timeout': ends(OK, 'Echo', { 'grpc-timeout': '99999999H' }, frame(message)),
    'a timeout that is over': ends(DEADLINE_EXCEEDED, 'Wait', { 'grpc-timeout': '0n' }, frame(message)),
    'a timeout that the server has to keep': ends(DEADLINE_EXCEEDED, 'Wait', { 'grpc-timeout': '50m' }, frame(message)),
    'a timeout while the client says nothing': withSession(session => new Promise((resolve, reject) => {
        const stream = request(session, '/test.v1.Test/Chat', { 'grpc-timeout': '50m' });
        stream.on('response', headers => headers['grpc-status'] === DEADLINE_EXCEEDED ? resolve() : reject(new Error(JSON.stringify(headers))));
        stream.on('error', () => {});
    })),
    'a timeout while the client does not read': withSession(session => new Promise((resolve, reject) => {
        const stream = request(session, '/test.v1.Test/Flood', { 'grpc-timeout': '300m' });
        stream.on('trailers', headers => headers['grpc-status'] === DEADLINE_EXCEEDED ? resolve() : reject(new Error(JSON.stringify(headers))));
        stream.on('error', reject);
        stream.end(frame(Buffer.from([0x18, 0xa0, 0x8d, 0x06])));
        setTimeout(() => stream.resume(), 1000);
    })),
    'metadata that is no base64': ends(INTERNAL, 'Echo', { 'x-bytes-bin': '!' }, frame(message)),
    'metadata with padding, and joined': ends(OK, 'Echo', { 'x-bytes-bin': 'AA==,AAE,AAEC' }, frame(message)),

    'an unknown encoding': withSession(async session => {
        const got = await send(session, '/test.v1.Test/Echo', { 'grpc-encoding': 'snappy' }, frame(message, 1));
        assert.strictEqual(got.status, UNIMPLEMENTED);
        assert.strictEqual(got.encodings, 'identity,gzip');
    }),

    'another content type': withSession(async session => {
        for (const type of ['application/json', 'application/grpc+json', 'application/grpcx', '']) {
            assert.strictEqual((await send(session, '/test.v1.Test/Echo', { 'content-type': type }, frame(message))).http, 415);
        }

        assert.strictEqual((await send(session, '/other.v1.Other/Echo', { 'content-type': 'application/json' }, frame(message))).http, 404);
    }),

    'a stream that is reset within a message': withSession(async session => {
        const stream = request(session, '/test.v1.Test/Join');
        stream.on('error', () => {});
        stream.write(frame(message, 0, 100));
        await new Promise(resolve => setTimeout(resolve, 100));
        stream.close(http2.constants.NGHTTP2_CANCEL);
    }),

    'a connection that is cut within a message': withSession(async (_, socket) => {
        const session = http2.connect('http://localhost', { createConnection: () => net.connect(socket) });
        session.on('error', () => {});
        const stream = request(session, '/test.v1.Test/Join');
        stream.on('error', () => {});
        stream.write(frame(message, 0, 100));
        await new Promise(resolve => setTimeout(resolve, 100));
        session.destroy();
    }),
};

require('./checks.js')(checks);
