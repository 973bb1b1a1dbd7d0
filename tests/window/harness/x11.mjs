// What a window manager says to a window: close, and whether it is shown; and what a file manager does when files are
// dragged out of it (XDND 5). A few requests of the X protocol, because neither runs on the tests' display and WebDriver
// only knows the page inside.
import net from 'node:net';
import { pathToFileURL } from 'node:url';

const VIEWABLE = 2;
const ANY = 0;

class Server {
  #socket;
  #pending = Buffer.alloc(0);
  #waiting = [];
  onEvent = () => {};

  static async connect(display) {
    const server = new Server();
    server.#socket = net.connect(`/tmp/.X11-unix/X${display}`);
    await new Promise((resolve, reject) => server.#socket.once('connect', resolve).once('error', reject));
    const greeting = new Promise((resolve) => server.#waiting.push({ resolve, setup: true }));
    server.#socket.on('data', (data) => server.#take(data));
    const hello = Buffer.alloc(12);
    hello.write('l');
    hello.writeUInt16LE(11, 2);
    server.#socket.write(hello);
    const setup = await greeting;
    server.root = rootOf(setup);
    server.ownId = setup.readUInt32LE(12);
    return server;
  }

  #take(data) {
    this.#pending = Buffer.concat([this.#pending, data]);
    for (;;) {
      const buffer = this.#pending;
      const first = this.#waiting[0];
      if (buffer.length < 8) return;
      const [isReply, isError] = [buffer[0] === 1, buffer[0] === 0];
      const length = first?.setup ? 8 + buffer.readUInt16LE(6) * 4 : isReply ? 32 + buffer.readUInt32LE(4) * 4 : 32;
      if (buffer.length < length) return;
      this.#pending = buffer.subarray(length);
      // Events are nobody's answer.
      if (!isReply && !isError) {
        this.onEvent(Buffer.from(buffer.subarray(0, length)));
        continue;
      }
      this.#waiting.shift()?.resolve(isReply ? Buffer.from(buffer.subarray(0, length)) : null);
    }
  }

  /** Sends a request; its first four bytes are the code, a detail and room for the length. */
  #send(code, detail, body) {
    const head = Buffer.from([code, detail, 0, 0]);
    head.writeUInt16LE(1 + body.length / 4, 2);
    this.#socket.write(Buffer.concat([head, body]));
  }

  /** The answer, or null when the server says that the window is not there any more. */
  #ask(code, detail, body) {
    const answer = new Promise((resolve) => this.#waiting.push({ resolve }));
    this.#send(code, detail, body);
    return answer;
  }

  async atom(name) {
    const body = Buffer.alloc(4 + Math.ceil(name.length / 4) * 4);
    body.writeUInt16LE(name.length);
    body.write(name, 4);
    return (await this.#ask(16, 0, body)).readUInt32LE(8);
  }

  async children(window) {
    const answer = await this.#ask(15, 0, words(window));
    if (!answer) return [];
    return Array.from({ length: answer.readUInt16LE(16) }, (_, index) => answer.readUInt32LE(32 + index * 4));
  }

  async isShown(window) {
    const answer = await this.#ask(3, 0, words(window));
    return answer !== null && answer[26] === VIEWABLE;
  }

  async property(window, atom) {
    const answer = await this.#ask(20, 0, words(window, atom, ANY, 0, 1024));
    if (!answer) return Buffer.alloc(0);
    return answer.subarray(32, 32 + answer.readUInt32LE(16) * (answer[1] / 8));
  }

  message(window, type, ...data) {
    const event = Buffer.alloc(32);
    event[0] = 33;
    event[1] = 32;
    words(window, type, ...data).copy(event, 4);
    this.#send(25, 0, Buffer.concat([words(window, 0), event]));
  }

  /** A window that nobody sees, to speak in the name of. */
  makeWindow() {
    this.#send(1, 0, Buffer.concat([words(this.ownId, this.root), Buffer.from([0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 2, 0]), words(0, 0)]));
    return this.ownId;
  }

  own(selection, window) {
    this.#send(22, 0, words(window, selection, 0));
  }

  async placeOf(window) {
    const answer = await this.#ask(14, 0, words(window));
    return { x: answer.readInt16LE(12), y: answer.readInt16LE(14) };
  }

  /** Answers who asks for a selection, in bytes of the type that was asked for; with `null` that there is none. */
  answer(request, bytes) {
    const [time, requestor, selection, target, property] = [4, 12, 16, 20, 24].map((at) => request.readUInt32LE(at));
    if (bytes) {
      const padded = Buffer.alloc(Math.ceil(bytes.length / 4) * 4);
      bytes.copy(padded);
      this.#send(18, 0, Buffer.concat([words(requestor, property, target, 8, bytes.length), padded]));
    }
    const event = Buffer.alloc(32);
    event[0] = 31;
    words(time, requestor, selection, target, bytes ? property : 0).copy(event, 4);
    this.#send(25, 0, Buffer.concat([words(requestor, 0), event]));
  }

  end() {
    this.#socket.end();
  }
}

const words = (...values) => {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32LE(value >>> 0, index * 4));
  return buffer;
};

function rootOf(setup) {
  if (!setup) throw new Error('The display does not let the tests in.');
  const vendor = Math.ceil(setup.readUInt16LE(24) / 4) * 4;
  return setup.readUInt32LE(40 + vendor + setup[29] * 8);
}

/** The window that is shown with this title. */
export async function findWindow(display, title) {
  const server = await Server.connect(display);
  const [name, protocols, deletes] = await Promise.all(['WM_NAME', 'WM_PROTOCOLS', 'WM_DELETE_WINDOW'].map((atom) => server.atom(atom)));
  for (const window of await server.children(server.root)) {
    if (String(await server.property(window, name)) !== title || !(await server.isShown(window))) continue;
    return {
      id: window,
      isShown: () => server.isShown(window),
      /** What a click on the cross in the title bar sends. */
      close: () => server.message(window, protocols, deletes, 0),
      end: () => server.end(),
    };
  }
  server.end();
  throw new Error(`No window called "${title}" is on the display.`);
}

const SELECTION_REQUEST = 30;

/** Takes hold of files, as in a file manager, to carry them over the window with this title. */
export async function carryFiles(display, title, paths) {
  const window = await findWindow(display, title);
  const server = await Server.connect(display);
  const [selection, enter, position, drop, leave, copy, list] = await Promise.all(
    ['XdndSelection', 'XdndEnter', 'XdndPosition', 'XdndDrop', 'XdndLeave', 'XdndActionCopy', 'text/uri-list'].map((name) => server.atom(name)),
  );
  const source = server.makeWindow();
  server.own(selection, source);
  const uris = Buffer.from(paths.map((path) => `${pathToFileURL(path)}\r\n`).join(''));
  server.onEvent = (event) => {
    if ((event[0] & 0x7f) === SELECTION_REQUEST) server.answer(event, event.readUInt32LE(20) === list ? uris : null);
  };
  const at = await server.placeOf(window.id);
  server.message(window.id, enter, source, 5 << 24, list, 0, 0);
  return {
    /** To a place of the page. */
    over: ({ x, y }) => server.message(window.id, position, source, 0, ((at.x + x) << 16) | (at.y + y), 0, copy),
    drop: () => server.message(window.id, drop, source, 0, 0, 0, 0),
    away: () => server.message(window.id, leave, source, 0, 0, 0, 0),
    end() {
      server.end();
      window.end();
    },
  };
}
