from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "pol137.wiring"

    def ready(self) -> None:
        """Hand the table of reactions to the outbox."""
        from pol137.cases import jobs as _cases
        from pol137.contacts import jobs as _contacts
        from pol137.dispatch import jobs as _dispatch
        from pol137.journal import outbox
        from pol137.messaging import jobs as _messaging
        from pol137.notices import jobs as _notices
        from pol137.oversight import jobs as _oversight
        from pol137.referrals import jobs as _referrals
        from pol137.wiring.reactions import REACTIONS

        assert _cases and _contacts and _messaging and _dispatch and _notices and _oversight and _referrals
        outbox.install(REACTIONS)
