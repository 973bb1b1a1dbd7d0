#!/usr/bin/python3
"""The parts of a computer that Courier asks over the system's bus: what keeps it awake, its battery and its network.

A lock that is given out or released is told; a wish says how the computer is from then on.
"""

import os

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
from part import serve, tell

LOGIN = "org.freedesktop.login1"
POWER = "org.freedesktop.UPower"
NETWORK = "org.freedesktop.NetworkManager"
PROPERTIES = "org.freedesktop.DBus.Properties"


class Login(dbus.service.Object):
    """Gives out locks, each of which lasts until its holder closes it."""

    @dbus.service.method(LOGIN + ".Manager", in_signature="ssss", out_signature="h")
    def Inhibit(self, what, who, why, mode):
        ours, theirs = os.pipe()
        lock = dict(what=str(what), who=str(who), why=str(why), mode=str(mode))
        tell(locked=lock)

        def released(channel, condition):
            os.close(ours)
            tell(released=lock)
            return False

        GLib.io_add_watch(ours, GLib.PRIORITY_DEFAULT, GLib.IO_HUP, released)
        descriptor = dbus.types.UnixFd(theirs)
        os.close(theirs)
        return descriptor


class Told(dbus.service.Object):
    """An object that has nothing but properties."""

    def __init__(self, bus, path, **properties):
        super().__init__(bus, path)
        self.properties = properties

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.properties[name]


def main():
    bus = dbus.bus.BusConnection(os.environ["DBUS_SYSTEM_BUS_ADDRESS"], mainloop=DBusGMainLoop())
    # Kept to the end, or the names would be given up again.
    names = [dbus.service.BusName(name, bus, do_not_queue=True) for name in (LOGIN, POWER, NETWORK)]
    Login(bus, "/org/freedesktop/login1")
    power = Told(bus, "/org/freedesktop/UPower", OnBattery=False)
    network = Told(bus, "/org/freedesktop/NetworkManager", Metered=dbus.UInt32(4))

    def hear(now):
        power.properties["OnBattery"] = now["on_battery"]
        network.properties["Metered"] = dbus.UInt32(1 if now["metered"] else 2)

    serve(hear)
    del names


main()
