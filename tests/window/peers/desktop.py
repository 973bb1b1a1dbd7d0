#!/usr/bin/python3
"""The parts of a desktop that Courier talks to over the session bus: a notification server, a place for tray icons and a
file manager.

What happens is told; a wish says what a person does there.
"""

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from part import serve, tell

NOTIFICATIONS = "org.freedesktop.Notifications"
FILES = "org.freedesktop.FileManager1"
WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"


class Notifications(dbus.service.Object):
    """Shows nothing, but keeps what it was told to show."""

    last = 0

    @dbus.service.method(NOTIFICATIONS, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        if replaces == 0:
            self.last += 1
            replaces = self.last
        urgency = int(hints.get("urgency", 1))
        actions = [str(action) for action in actions]
        notice = dict(id=int(replaces), app=str(app), icon=str(icon), summary=str(summary), body=str(body))
        tell(notice=dict(notice, actions=actions, urgency=urgency))
        return dbus.UInt32(replaces)

    @dbus.service.method(NOTIFICATIONS, out_signature="as")
    def GetCapabilities(self):
        return ["actions", "body", "body-markup"]

    @dbus.service.method(NOTIFICATIONS, out_signature="ssss")
    def GetServerInformation(self):
        return "Courier's tests", "Courier", "1", "1.2"

    @dbus.service.method(NOTIFICATIONS, in_signature="u")
    def CloseNotification(self, which):
        self.NotificationClosed(which, 3)

    @dbus.service.signal(NOTIFICATIONS, signature="us")
    def ActionInvoked(self, which, action):
        pass

    @dbus.service.signal(NOTIFICATIONS, signature="uu")
    def NotificationClosed(self, which, reason):
        pass


class Files(dbus.service.Object):
    """Opens nothing, but tells what it was asked to show."""

    @dbus.service.method(FILES, in_signature="ass")
    def ShowItems(self, uris, startup):
        tell(shown=dict(items=[str(uri) for uri in uris]))

    @dbus.service.method(FILES, in_signature="ass")
    def ShowFolders(self, uris, startup):
        tell(shown=dict(folders=[str(uri) for uri in uris]))


class Tray(dbus.service.Object):
    """The watcher that icons register with, and the panel that shows the newest of them."""

    owner = None
    path = None

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender):
        self.owner = sender
        self.path = service if service.startswith("/") else "/StatusNotifierItem"
        tell(icon=self.path)
        self.StatusNotifierItemRegistered(sender + self.path)

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.signal(WATCHER, signature="s")
    def StatusNotifierItemRegistered(self, item):
        pass

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        items = [self.owner + self.path] if self.owner else []
        return {
            "IsStatusNotifierHostRegistered": True,
            "ProtocolVersion": dbus.Int32(0),
            "RegisteredStatusNotifierItems": dbus.Array(items, signature="s"),
        }

    def item(self):
        """The icon's properties and its menu."""
        bus = self.connection
        properties = dbus.Interface(bus.get_object(self.owner, self.path), PROPERTIES).GetAll(ITEM)
        menu = dbus.Interface(bus.get_object(self.owner, properties["Menu"]), MENU)
        menu.AboutToShow(0)
        return properties, menu

    def look(self):
        properties, menu = self.item()
        _, (_, _, children) = menu.GetLayout(0, -1, [])
        entries = []
        for which, values, _ in children:
            label = str(values.get("label", "")).replace("__", "\0").replace("_", "").replace("\0", "_")
            line = values.get("type") == "separator"
            entries.append(dict(id=int(which), label=label, enabled=bool(values.get("enabled", True)), line=line))
        return dict(image=str(properties["IconName"]), entries=entries)

    def choose(self, which):
        self.item()[1].Event(which, "clicked", dbus.String("", variant_level=1), dbus.UInt32(0))


def main():
    bus = dbus.SessionBus(mainloop=DBusGMainLoop())
    # Kept to the end, or the names would be given up again.
    names = [dbus.service.BusName(name, bus, do_not_queue=True) for name in (NOTIFICATIONS, WATCHER, FILES)]
    notifications = Notifications(bus, "/org/freedesktop/Notifications")
    tray = Tray(bus, "/StatusNotifierWatcher")
    Files(bus, "/org/freedesktop/FileManager1")

    def hear(asked):
        try:
            if asked["do"] == "click":
                notifications.ActionInvoked(asked["id"], asked["action"])
                notifications.NotificationClosed(asked["id"], 2)
                answer = None
            elif asked["do"] == "look":
                answer = tray.look() if tray.owner else None
            elif asked["do"] == "choose":
                answer = tray.choose(asked["id"])
            tell(answer=answer)
        except dbus.DBusException as error:
            tell(failed=str(error))

    serve(hear)
    del names


main()
