// What a client of @grpc/grpc-js sees of the server. The names of the checks are those in ClientTests.cs.
'use strict';

const assert = require('assert');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const load = (file, ...folders) => grpc.loadPackageDefinition(loader.loadSync(file, { includeDirs: folders, defaults: true, enums: String }));
const { test } = load(process.env.TEST_PROTO);
const standard = file => load(file, process.env.PROTO).grpc;
const unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

const connect = (Client, socket, options = unlimited) => new Client('unix:' + socket, grpc.credentials.createInsecure(), options);

// A call with one response: what came of it, whatever it was.
const answer = start => new Promise(resolve => {
    let headers;
    const call = start((error, value) => setImmediate(() => resolve({ error, value, headers, trailers })));
    let trailers;
    call.on('metadata', metadata => headers = metadata);
    call.on('status', status => trailers = status.metadata);
});

// All responses of a call, and how it ended.
const collect = call => new Promise(resolve => {
    const messages = [];
    call.on('data', message => messages.push(message));
    call.on('error', () => {});
    call.on('status', status => resolve({ messages, status }));
});

const code = async (expected, start) => {
    const { error } = await answer(start);
    assert.ok(error, 'no error');
    assert.strictEqual(error.code, expected, error.message);
    return error;
};

const kinds = async (socket, options) => {
    const client = connect(test.v1.Test, socket, { ...unlimited, ...options });
    const text = 'words, '.repeat(20_000);

    const unary = await answer(done => client.Echo({ text }, done));
    assert.strictEqual(unary.value.text, text);
    assert.strictEqual((await answer(done => client.Echo({}, done))).value.text, '');

    const joined = await answer(done => {
        const call = client.Join(done);
        for (let i = 0; i < 1_000; i++) {
            call.write({ text: i + ' ', data: Buffer.alloc(5_000) });
        }

        call.end();
        return call;
    });
    assert.strictEqual(joined.value.text, [...Array(1_000).keys()].map(i => i + ' ').join(''));
    assert.strictEqual(joined.value.number, 5_000_000);
    assert.strictEqual((await answer(done => { const call = client.Join(done); call.end(); return call; })).value.text, '');

    const split = await collect(client.Split({ text: 'a b c' }));
    assert.deepStrictEqual(split.messages.map(message => message.text), ['a', 'b', 'c']);
    assert.strictEqual(split.status.code, grpc.status.OK);

    const chat = client.Chat();
    for (const word of ['a', 'b', text]) {
        chat.write({ text: word });
        assert.strictEqual((await new Promise(resolve => chat.once('data', resolve))).text, word);
    }

    chat.end();
    assert.strictEqual((await collect(chat)).status.code, grpc.status.OK);
};

const checks = {
    'the four kinds of calls': kinds,

    'gzip both ways': socket => kinds(socket, { 'grpc.default_compression_algorithm': 2 }),

    async metadata(socket) {
        const client = connect(test.v1.Test, socket);
        const metadata = new grpc.Metadata();
        metadata.add('x-text', 'one');
        metadata.add('x-text', 'two');
        metadata.set('x-bytes-bin', Buffer.from([0, 1, 250, 255]));

        const { value, headers, trailers } = await answer(done => client.Echo({ text: 'a' }, metadata, done));

        assert.strictEqual(value.text, 'a');
        assert.strictEqual(headers.get('x-text').join(', '), 'one, two');
        assert.deepStrictEqual(headers.get('x-bytes-bin'), [Buffer.from([0, 1, 250, 255])]);
        assert.strictEqual(trailers.get('trailer-x-text').join(', '), 'one, two');
        assert.deepStrictEqual(trailers.get('trailer-x-bytes-bin'), [Buffer.from([0, 1, 250, 255])]);
    },

    async failure(socket) {
        const client = connect(test.v1.Test, socket);
        const detail = 'nicht möglich: 100 %\nüberhaupt \u{1F6A2}';

        const error = await code(grpc.status.ABORTED, done => client.Fail({ text: detail }, done));

        assert.strictEqual(error.details, detail);
        assert.deepStrictEqual(error.metadata.get('x-of-the-context'), ['1']);
        assert.deepStrictEqual(error.metadata.get('x-of-the-error'), ['2']);
        assert.deepStrictEqual(error.metadata.get('x-bytes-bin'), [Buffer.from([0, 255, 254])]);
        assert.deepStrictEqual(error.metadata.get('grpc-status-details-bin'), [Buffer.from([8, 10])]);
    },

    async deadline(socket) {
        const client = connect(test.v1.Test, socket);
        await code(grpc.status.DEADLINE_EXCEEDED, done => client.Wait({}, { deadline: Date.now() + 1_000 }, done));
        const flood = await collect(client.Flood({ number: 1_000 }, { deadline: Date.now() + 1_000 }));
        assert.strictEqual(flood.status.code, grpc.status.DEADLINE_EXCEEDED);
        assert.ok((await answer(done => client.Echo({ text: 'a' }, { deadline: Date.now() + 60_000 }, done))).value);
    },

    async 'a client that gives up'(socket) {
        const client = connect(test.v1.Test, socket);

        await code(grpc.status.CANCELLED, done => {
            const call = client.Wait({}, done);
            call.on('metadata', () => call.cancel());
            return call;
        });

        await code(grpc.status.CANCELLED, done => {
            const call = client.Join(done);
            call.write({ text: 'given up' });
            call.on('metadata', () => call.cancel());
            return call;
        });

        const flood = client.Flood({ number: 10_000 });
        let count = 0;
        flood.on('data', () => ++count === 100 && flood.cancel());
        assert.strictEqual((await collect(flood)).status.code, grpc.status.CANCELLED);

        // This one does not even read, so the server waits for room.
        const still = client.Flood({ number: 100_000 });
        still.on('error', () => {});
        await new Promise(resolve => still.once('metadata', resolve));
        setTimeout(() => still.cancel(), 100);
        await new Promise(resolve => still.once('status', resolve));

        assert.ok((await answer(done => client.Echo({ text: 'a' }, done))).value);
    },

    async 'messages that are too long'(socket) {
        const client = connect(test.v1.Test, socket);
        const limit = 1 << 20;
        const data = length => ({ data: Buffer.alloc(length - 4) });

        assert.strictEqual((await answer(done => client.Echo(data(limit), done))).value.data.length, limit - 4);
        await code(grpc.status.RESOURCE_EXHAUSTED, done => client.Echo(data(limit + 1), done));
        await code(grpc.status.RESOURCE_EXHAUSTED, done => client.Echo(data(20 * limit), done));
        assert.strictEqual((await answer(done => client.Large({ number: 2 * limit - 5 }, done))).value.data.length, 2 * limit - 5);
        await code(grpc.status.RESOURCE_EXHAUSTED, done => client.Large({ number: 2 * limit }, done));

        const packed = connect(test.v1.Test, socket, { ...unlimited, 'grpc.default_compression_algorithm': 2 });
        await code(grpc.status.RESOURCE_EXHAUSTED, done => packed.Echo(data(100 * limit), done));
    },

    async 'many calls at once'(socket) {
        const client = connect(test.v1.Test, socket);
        const calls = await Promise.all([...Array(1_000).keys()].map(i => answer(done => client.Meet({ text: String(i), number: 1_000 }, done))));
        calls.forEach(({ error, value }, i) => assert.strictEqual(value?.text, String(i), error?.message));
    },

    async 'what is not there'(socket) {
        const client = connect(test.v1.Test, socket);
        await code(grpc.status.UNIMPLEMENTED, done => client.Nothing({}, done));

        const Other = grpc.makeGenericClientConstructor({}, 'Other');
        const pass = value => value;
        for (const path of ['/test.v1.Test/Unheard', '/other.v1.Other/Echo']) {
            await code(grpc.status.UNIMPLEMENTED, done => connect(Other, socket).makeUnaryRequest(path, pass, pass, Buffer.alloc(0), done));
        }
    },

    async health(socket) {
        const client = connect(standard('grpc/health/v1/health.proto').health.v1.Health, socket);
        assert.strictEqual((await answer(done => client.Check({}, done))).value.status, 'SERVING');
        assert.strictEqual((await answer(done => client.Check({ service: 'test.v1.Test' }, done))).value.status, 'NOT_SERVING');
        await code(grpc.status.NOT_FOUND, done => client.Check({ service: 'other' }, done));
        assert.deepStrictEqual(Object.keys((await answer(done => client.List({}, done))).value.statuses).sort(), ['', 'test.v1.Test']);

        const watch = client.Watch({ service: 'other' });
        watch.on('error', () => {});
        assert.strictEqual((await new Promise(resolve => watch.once('data', resolve))).status, 'SERVICE_UNKNOWN');
        watch.cancel();

        const setHealth = number => answer(done => connect(test.v1.Test, socket).SetHealth({ text: 'test.v1.Test', number }, done));
        const changes = client.Watch({ service: 'test.v1.Test' });
        changes.on('error', () => {});
        const next = () => new Promise(resolve => changes.once('data', message => resolve(message.status)));
        assert.strictEqual(await next(), 'NOT_SERVING');
        for (const [number, status] of [[1, 'SERVING'], [0, 'SERVICE_UNKNOWN'], [2, 'NOT_SERVING']]) {
            const change = next();
            await setHealth(number);
            assert.strictEqual(await change, status);
        }

        changes.cancel();
    },

    async reflection(socket) {
        for (const version of ['v1', 'v1alpha']) {
            const client = connect(standard(`grpc/reflection/${version}/reflection.proto`).reflection[version].ServerReflection, socket);
            const call = client.ServerReflectionInfo();
            const ask = async request => {
                call.write(request);
                return await new Promise(resolve => call.once('data', resolve));
            };

            const services = (await ask({ listServices: '' })).listServicesResponse.service.map(service => service.name);
            assert.deepStrictEqual(services.sort(), [
                'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection', 'test.v1.Test']);

            for (const fileContainingSymbol of ['test.v1.Test', 'test.v1.Test.Echo', 'test.v1.Message', 'test.v1.Message.text']) {
                const [file] = (await ask({ fileContainingSymbol })).fileDescriptorResponse.fileDescriptorProto;
                assert.ok(file.includes('test.v1') && file.includes('Split'));
            }

            // As a generic client does: a client of the service, of nothing but what the server tells.
            const { fileDescriptorProto } = (await ask({ fileContainingSymbol: 'test.v1.Test' })).fileDescriptorResponse;
            const set = Buffer.concat(fileDescriptorProto.map(file => Buffer.concat([Buffer.from([0x0a]), varint(file.length), file])));
            const told = grpc.loadPackageDefinition(loader.loadFileDescriptorSetFromBuffer(set)).test.v1.Test;
            assert.strictEqual((await answer(done => connect(told, socket).Echo({ text: 'a' }, done))).value.text, 'a');

            const name = 'grpc/health/v1/health.proto';
            assert.ok((await ask({ fileByFilename: name })).fileDescriptorResponse.fileDescriptorProto[0].includes(name));
            assert.deepStrictEqual((await ask({ allExtensionNumbersOfType: 'test.v1.Message' })).allExtensionNumbersResponse.extensionNumber, []);
            for (const request of [{ fileByFilename: 'a' }, { fileContainingSymbol: 'a' }, { allExtensionNumbersOfType: 'test.v1.Test' },
                { fileContainingExtension: { containingType: 'test.v1.Message', extensionNumber: 1 } }]) {
                assert.strictEqual((await ask(request)).errorResponse.errorCode, grpc.status.NOT_FOUND);
            }

            call.end();
        }
    },
};

const varint = number => Buffer.from(number < 0x80 ? [number] : number < 0x4000 ? [number & 0x7f | 0x80, number >> 7] : [number & 0x7f | 0x80, number >> 7 & 0x7f | 0x80, number >> 14]);

require('./checks.js')(checks);
