"""Three people at Profanity, each in a terminal of their own: what they type, and what their clients write to their logs."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

HOST, PORT = os.environ["PEER_HOST"], os.environ["PEER_PORT"]
DOMAIN, PASSWORD = os.environ["PEER_DOMAIN"], os.environ["PEER_PASSWORD"]
FOLDER = os.environ["PEER_FOLDER"]
PATIENCE = 20


class Person:
    """One Profanity; `name` is the account, `place` the folder and resource."""

    people = []

    def __init__(self, name, place):
        self.name, self.place = name, place
        self.jid = f"{name}@{DOMAIN}"
        self.home = os.path.join(FOLDER, place)
        self.log = os.path.join(self.home, "profanity.log")
        self.mark = 0
        self.screen = b""
        os.makedirs(self.home)
        self.terminal, inner = pty.openpty()
        env = {**os.environ, "HOME": self.home, "TERM": "xterm", "LANG": "C.UTF-8", "LINES": "50", "COLUMNS": "160"}
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            env[variable] = os.path.join(self.home, variable)
        self.process = subprocess.Popen(
            ["profanity", "-l", "DEBUG", "-f", self.log],
            stdin=inner, stdout=inner, stderr=inner, env=env, start_new_session=True,
        )
        os.close(inner)
        self.people.append(self)
        self.hears("Starting Profanity")
        self.look(1)

    def look(self, seconds):
        """Takes what is drawn, so that the terminal never blocks."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                try:
                    self.screen = (self.screen + os.read(self.terminal, 65536))[-200_000:]
                except OSError:
                    return

    def types(self, line):
        if os.path.exists(self.log):
            self.mark = len(self.text())
        os.write(self.terminal, line.encode() + b"\r")
        self.look(0.1)

    def heeds(self, act, pattern):
        """Something another does is heard of here."""
        self.mark = len(self.text())
        act()
        return self.hears(pattern)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def hears(self, pattern):
        """Waits until something that matches stands in the log, behind the latest line typed."""
        for _ in range(PATIENCE * 10):
            if os.path.exists(self.log):
                found = re.search(pattern, self.text()[self.mark :], re.S)
                if found:
                    return found
            self.look(0.1)
        raise TimeoutError(f"{self.place} never heard {pattern}; heard:\n{self.text()[self.mark :][-3000:]}")

    def logs_in(self):
        self.types(f"/connect {self.jid}/{self.place} server {HOST} port {PORT} tls trust")
        self.types(PASSWORD)
        self.mark = 0
        self.hears(r"logged in successfully|RECV: <presence[^>]*" + re.escape(self.jid + "/" + self.place))

    def leaves(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.terminal)


def is_not_in(person, text):
    assert text not in person.text(), f"{person.place} has heard {text}"


def step(name, *work):
    for todo in work:
        todo()
    print(f"ok {name}", flush=True)



def main():
    juliet, romeo, study = Person("juliet", "balcony"), Person("romeo", "orchard"), Person("romeo", "study")

    def with_archive(person):
        person.types("/mam on")
        person.types("/carbons on")
        person.logs_in()

    step("juliet logs in over STARTTLS by SCRAM", juliet.logs_in)
    step("romeo logs in with two devices", lambda: with_archive(romeo), lambda: with_archive(study))

    romeo.types(f"/roster add {juliet.jid} Juliet")
    romeo.hears(r'RECV: <iq[^>]*type="set"[^>]*>.*<item[^>]*juliet@')
    step("both devices are told of a new contact", lambda: study.hears(r"RECV: .*<item[^>]*juliet@"))

    juliet.heeds(lambda: romeo.types(f"/sub request {juliet.jid}"), r'RECV: <presence[^>]*type="subscribe"')
    step(
        "a subscription is asked for and granted",
        lambda: romeo.heeds(lambda: juliet.types(f"/sub allow {romeo.jid}"), r'RECV: <presence[^>]*type="subscribed"'),
        lambda: romeo.hears(r'RECV: <presence[^>]*from="juliet@localhost/balcony"'),
    )

    study.heeds(
        lambda: juliet.heeds(
            lambda: romeo.types(f"/msg {juliet.jid} Art thou not Romeo?"), r"RECV: <message.*Art thou not Romeo\?"
        ),
        r'RECV: <message.*urn:xmpp:carbons:2.*Art thou not Romeo\?',
    )
    step("a message comes, and its sender's other device has a copy")

    romeo.heeds(lambda: juliet.types(f"/msg {romeo.jid} Neither, fair saint"), r"RECV: <message.*Neither, fair saint")
    step("an answer comes to both devices", lambda: study.hears(r"RECV: <message.*Neither, fair saint"))

    later = Person("romeo", "later")
    with_archive(later)
    # It asks for no archive as long as it has not heard that there is one.
    later.hears(r'RECV: <iq[^>]*type="result".*urn:xmpp:mam:2')
    later.types(f"/msg {juliet.jid}")
    step(
        "a device that comes later reads the conversation from the archive",
        lambda: later.hears(r'RECV: <message.*urn:xmpp:mam:2.*Art thou not Romeo\?.*<fin'),
        lambda: later.hears(r"Neither, fair saint"),
    )

    romeo.types(f"/blocked add {juliet.jid}")
    step(
        "whoever is blocked hears so and is not heard",
        lambda: study.hears(r'RECV: .*<block xmlns="urn:xmpp:blocking".*juliet@'),
        lambda: juliet.types(f"/msg {romeo.jid} Wherefore"),
        lambda: juliet.hears(r'RECV: <message[^>]*type="error".*service-unavailable'),
        lambda: is_not_in(study, "Wherefore"),
    )


try:
    main()
except Exception as error:  # the test shows what is said here
    print(f"not ok: {error}", flush=True)
    for person in Person.people:
        print(person.place, re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()].|\x1b.", b" ", person.screen)[-1500:].decode(errors="replace"))
    sys.exit(1)
finally:
    for person in Person.people:
        person.leaves()
