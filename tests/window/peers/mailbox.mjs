// A mail server on loopback (RFC 5321, without extensions) that keeps what it takes, and knows no one called `nobody`.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Its port, the mails that came, and `stop`. */
export async function startMailbox() {
  const mails = [];
  const open = new Set();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // The other side may be gone before it has heard everything.
    socket.on('error', () => socket.destroy());
    const say = (line) => socket.write(`${line}\r\n`);
    let mail = { to: [], text: [] };
    let reading = false;
    say('220 mailbox.test');
    createInterface({ input: socket }).on('line', (line) => {
      if (reading) {
        if (line !== '.') return void mail.text.push(line.replace(/^\.\./, '.'));
        reading = false;
        mails.push({ to: mail.to, text: mail.text.join('\n') });
        mail = { to: [], text: [] };
        return void say('250 taken');
      }
      const [, verb, address] = /^(\w+)(?:.*<(.*)>)?/.exec(line) ?? [];
      switch (verb?.toUpperCase()) {
        case 'EHLO':
        case 'HELO':
          return void say('250 mailbox.test');
        case 'MAIL':
        case 'RSET':
          mail = { to: [], text: [] };
          return void say('250 well');
        case 'RCPT':
          if (address.startsWith('nobody@')) return void say('550 5.1.1 no such user here');
          mail.to.push(address);
          return void say('250 well');
        case 'DATA':
          reading = true;
          return void say('354 go on');
        case 'QUIT':
          say('221 good bye');
          return void socket.end();
        default:
          return void say('250 well');
      }
    });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    mails,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
