"""What `pol137 up` does between starting the database and opening the doors, in a program of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pol137.commands.cli import set_up_django, worded
from pol137.commands.upgrading import bring_up_to_date
from pol137.lib.refusal import Refusal
from pol137.machine import database, place
from pol137.machine.place import Place
from pol137.machine.progress import complain, say, step
from pol137.machine.trouble import CannotRun, of_the_disk


def main() -> int:
    """Have a database that is whole: tables, a city and, for a demo, accounts. Refuses with a reason."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pol137.wiring.settings")
    try:
        _prepare(place.read())
    except CannotRun as refusal:
        complain(f"pol137: {refusal}")
        return 1
    except Refusal as refusal:
        complain(f"pol137: {worded(refusal)}")
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        told = of_the_disk(error)
        if told is None:
            raise
        complain(f"pol137: {told}")
        return 1
    return 0


def _prepare(here: Place) -> None:
    if here.database_url:
        database.check_persian(here.database_url)
    else:
        database.wait_and_prepare(here.data_dir, log=here.log_dir / "database.log")
    set_up_django()
    _collect_static()
    bring_up_to_date(here)
    _load_city()
    if here.demo:
        _show_accounts(here)


def _collect_static() -> None:
    """Have the pages' files in the data folder; `make up` has put them there already."""
    from django.conf import settings
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    if (root / "staticfiles.json").exists():
        return
    if not any(Path(folder).is_dir() for folder in settings.STATICFILES_DIRS):
        raise CannotRun("the front-end files are missing: run make up once, or make ready")
    with step("پرونده‌های ثابت · static files"):
        call_command("collectstatic", interactive=False, verbosity=0)


def _load_city() -> None:
    from django.conf import settings

    from pol137.city.queries import book
    from pol137.commands import city

    with step(f"شهر · city ({settings.CITY})"):
        city.load_if_empty(settings.CITY)
    here = book().city
    asked = city.code_of(settings.CITY)
    if here.code != asked:
        say(f"  این پوشه {here.name_fa} را دارد، نه {asked}: برای آن POL137_DATA دیگری بدهید")
        say(f"  this data folder holds {here.code}, not {asked}: name another POL137_DATA for it")


def _show_accounts(here: Place) -> None:
    """The demo accounts, one for each role on the screen and all of them in a file."""
    from django.utils import timezone

    from pol137.dispatch.operations import ensure_demo_roster
    from pol137.simulation.queries import wants_history
    from pol137.staff.operations import ensure_demo_accounts

    with step("حساب‌های نمایشی · demo accounts"):
        accounts = ensure_demo_accounts(now=timezone.now())
        ensure_demo_roster(now=timezone.now())
    shown = _one_for_each_role(accounts)
    say()
    say("  نام کاربری · user            گذرواژه · password  جایگاه · office")
    for name, word, office in shown:
        say(f"    {name:<26} {word:<18} {office}")
    if len(accounts) > len(shown):
        say(f"    … و · and {len(accounts) - len(shown)}: {here.data_dir / 'demo-accounts.txt'}")
    if wants_history(here.demo_days):
        say()
        say("  تاریخچه نمایشی پشت صفحه‌ها ساخته می‌شود؛ پایان آن همین‌جا گفته می‌شود")
        say(f"  demo history is made up behind the pages; its end is told here ({here.log_dir}/history.log)")


def _one_for_each_role(accounts: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """One account for each role, in a district where it can be, and the administrator's."""
    from pol137.city.queries import book

    town = book()
    known = {account[0]: account for account in accounts}
    chosen: dict[str, tuple[str, str, str]] = {}
    for position in sorted(
        town.positions, key=lambda one: town.departments[one.department_id].district_id is None
    ):
        if position.code in known:
            chosen.setdefault(position.role, known.pop(position.code))
    strangers = [account for name, account in known.items() if name not in town.positions.by_code]
    return [*chosen.values(), *strangers]


if __name__ == "__main__":
    sys.exit(main())
