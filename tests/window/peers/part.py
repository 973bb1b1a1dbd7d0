"""What the programs that stand for a part of the system have in common: news as lines of JSON on the standard output,
wishes as lines of JSON on the standard input, and an end with that."""

import json
import sys

from gi.repository import GLib


def tell(**news):
    print(json.dumps(news), flush=True)


def serve(hear):
    """Says that all is ready, and gives every wish to `hear` until there are no more."""
    loop = GLib.MainLoop()

    def read(channel, condition):
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        hear(json.loads(line))
        return True

    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, read)
    tell(ready=True)
    loop.run()
