"""What the slixmpp scripts share: clients that log in over STARTTLS or direct TLS and events that can be awaited."""

import asyncio
from pathlib import Path

import slixmpp

import steps


class Session(slixmpp.ClientXMPP):
    def __init__(self, name, plugins=(), secret=steps.password, **options):
        super().__init__(f"{name}@{steps.domain}/{options.pop('resource', 'orchard')}", secret, **options)
        self.ca_certs = Path(steps.certificate)
        self.auto_authorize = None
        self.auto_subscribe = False
        self.seen = {}
        for plugin in plugins:
            self.register_plugin(plugin)
        self.online = asyncio.get_event_loop().create_future()
        self.add_event_handler("session_start", lambda _: self._settle(None))
        self.add_event_handler("failed_auth", lambda why: self._settle(PermissionError(why["condition"])))
        self.add_event_handler("connection_failed", lambda why: self._settle(ConnectionError(why)))

    def _settle(self, error):
        if self.online.done():
            return
        if error is None:
            self.online.set_result(None)
        else:
            self.online.set_exception(error)

    def collect(self, *events):
        """From now on these events are kept for `next`."""
        for event in events:
            queue = self.seen.setdefault(event, asyncio.Queue())
            self.add_event_handler(event, queue.put_nowait)

    async def next(self, event, accept=lambda _: True):
        """The next collected event that is accepted; others before it are dropped."""
        async def search():
            while True:
                found = await self.seen[event].get()
                if accept(found):
                    return found
        return await asyncio.wait_for(search(), steps.patience)

    async def login(self, direct_tls=False):
        self.connect(
            (steps.host, steps.direct_tls_port if direct_tls else steps.port),
            use_ssl=direct_tls,
            force_starttls=not direct_tls,
            disable_starttls=direct_tls,
        )
        await asyncio.wait_for(self.online, steps.patience)

    @property
    def mechanism(self):
        return self["feature_mechanisms"].mech.name

    async def logout(self):
        await asyncio.wait_for(self.disconnect(), steps.patience)


def main(script):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        with steps.step("the whole script"):
            loop.run_until_complete(script())
    finally:
        steps.finish()
