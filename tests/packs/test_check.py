"""A pack is checked as a whole: every fault with its file, line and mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from pol137.city.vocabulary import TextEvent
from pol137.commands.city import ReadPack, read
from pol137.packs.rules.check_texts import PLACEHOLDERS, SAMPLES
from pol137.packs.rules.pack import records_of
from pol137.packs.rules.render import render

Replace = Callable[[str, str, str], None]


def faults_of(pack: Path | str) -> list[str]:
    return [str(fault) for fault in read(str(pack)).faults if not fault.warning]


@pytest.mark.parametrize("name", ["sample", "sample_seconds", "mashhad", "shiraz"])
def test_the_packs_we_ship_are_whole_and_tidy(name: str) -> None:
    found = read(name)
    assert faults_of(name) == []
    assert [str(one) for one in found.faults if "tidy" in one.what] == []


def test_seconds_is_sample_with_other_clocks() -> None:
    sample, seconds = read("sample"), read("sample_seconds")
    files = render(records_of(seconds.pack))
    differing = {name for name, text in sample.pack.files.items() if files[name] != text}
    assert differing == {"city.toml", "deadlines.csv", "escalation.csv", "retention.toml"}
    assert [one.code for one in seconds.articles] == [one.code for one in sample.articles]


def test_a_pack_from_before_a_text_is_told_which_where_and_what_it_says(pack: Path) -> None:
    path = pack / "messages.toml"
    text = path.read_text("utf-8")
    start, end = text.index("[plan_announced.sms]"), text.index("[plan_announced.call]")
    path.write_text(text[:start] + text[end:], "utf-8")
    line = text[:start].count("\n") - 1
    found = faults_of(pack)
    says = "{code} {service} {unit} {answer} {accept_code} {object_code} {sms_number} {phone} {due}"
    assert sorted(found) == [
        f"messages.toml:{line}: [plan_announced.sms] has no {language} -> write the text; it may say {says}"
        for language in ("en", "fa")
    ]


def test_a_unit_without_a_deputy_is_warned_of_who_is_told_of_danger_instead(
    pack: Path, replace: Replace
) -> None:
    warned = [str(one) for one in read(str(pack)).faults if "in danger" in one.what]
    line = next(
        n
        for n, text in enumerate((pack / "departments.csv").read_text("utf-8").splitlines(), 1)
        if text.startswith("inspection,")
    )
    assert warned == [
        f"departments.csv:{line}: warning: in danger nobody is deputy of 'inspection' (rung 1)"
        " -> add the position; until then this rung is told to inspector"
    ]
    replace("escalation.csv", "urgent,2,120m,manager; inspector", "urgent,2,120m,manager")
    assert [one for one in faults_of(pack) if "in danger" in one and "nobody is told" in one]


def test_a_bom_and_windows_line_ends_are_tolerated(pack: Path) -> None:
    path = pack / "services.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert faults_of(pack) == []


BROKEN = [
    ("services.csv", "code,group,", "code,gruop,", "services.csv:1: unknown column 'gruop'", "'group'"),
    (
        "services.csv",
        "pothole,streets",
        "pothole,street",
        "services.csv:3: group 'street' does not exist",
        "'streets'",
    ),
    (
        "services.csv",
        "normal,public,no,required,place,realtime,no,خ",
        "normal,pubic,no,required,place,realtime,no,خ",
        "services.csv:2: visibility 'pubic' is unknown",
        "'public'",
    ),
    ("services.csv", "light-out,", "light out,", "services.csv:2: code 'light out' is not a code", "A-Z"),
    (
        "services.csv",
        "building,complaint,normal,private",
        "building,complaint,normal,public",
        "services.csv:8: a service of the private group 'building' is public",
        "visibility private",
    ),
    (
        "services.csv",
        "normal,private,yes",
        "normal,public,yes",
        "services.csv:9: a confidential service is public",
        "",
    ),
    (
        "services.csv",
        "urgent,public,no,required,place,,",
        "urgent,private,no,required,place,batch,",
        "services.csv:4: a private service is offered over Open311",
        "empty open311",
    ),
    (
        "services.csv",
        "خاموشی چراغ معبر",
        "خاموشي چراغ معبر",
        "services.csv:2: name_fa has an Arabic 'ي'",
        "Persian",
    ),
    (
        "districts.csv",
        "s1,120000",
        "s1,۱۲۰۰۰۰",
        "districts.csv:2: population '۱۲۰۰۰۰' is not a whole number",
        "ASCII",
    ),
    ("districts.csv", "s2,80000", "s1,80000", "districts.csv:3: 's1' stands in line 2 already", "keep one"),
    (
        "districts.csv",
        "s2,80000,منطقه ۲,District 2",
        "s2,80000,منطقه ۲",
        "districts.csv:3: 3 cells under 4 columns",
        "an empty cell keeps its comma",
    ),
    (
        "districts.csv",
        "s2,80000,منطقه ۲,District 2",
        "s2,80000,منطقه ۲,District 2, the new one",
        "districts.csv:3: 5 cells under 4 columns",
        "between double quotes",
    ),
    (
        "districts.geojson",
        "Polygon",
        "Point",
        "districts.geojson:2: outline s1 must be a Polygon",
        "[lon, lat]",
    ),
    ("districts.geojson", "[[[59.5", "[[59.5", "districts.geojson:2: not JSON", "line"),
    ("places.csv", "36.3,", "96.3,", "places.csv:2: lat '96.3' is not a degree", "36.2974"),
    (
        "places.csv",
        "pol-street,street,s2",
        "pol-street,street,s1",
        "places.csv:4: neighbourhood 's2-pol' lies in district 's2'",
        "",
    ),
    (
        "departments.csv",
        "s1-green,office,s1,",
        "s1-green,office,org-waste,",
        "its parent 'org-waste' comes later",
        "",
    ),
    (
        "departments.csv",
        "s1-deputy-urban,,اداره فضای سبز",
        "s1-manager,,اداره فضای سبز",
        "departments.csv:10: deputy 's1-manager' has the role manager",
        "deputy's position",
    ),
    ("departments.csv", "inspection,inspection", "inspection,office", "no department of kind inspection", ""),
    (
        "positions.csv",
        "centre-triage,centre,triage",
        "centre-triage,s1,triage",
        "triage sits in 's1'",
        "kind centre",
    ),
    (
        "positions.csv",
        "centre-feedback,centre,feedback",
        "centre-feedback,centre,operator",
        "nobody has the role feedback",
        "",
    ),
    (
        "positions.csv",
        "s2-green-head,s2-green,unit_head",
        "s2-green-head,s2-clean,unit_head",
        "'tree-care' in 's2-green': nobody is unit_head",
        "ladder",
    ),
    (
        "questions.csv",
        "depth,number",
        "depth,singlevaluelist",
        "questions.csv:2: 'depth' is a list without values",
        "",
    ),
    (
        "questions.csv",
        "pothole,depth,",
        "pothole,danger,",
        "questions.csv:2: nobody can say no to 'danger'",
        "a value no",
    ),
    (
        "question_values.csv",
        "waste-missed,waste,rubble",
        "waste-missed,wast,rubble",
        "has no question 'wast'",
        "",
    ),
    (
        "routing.csv",
        "{district}-roads",
        "{district}-road",
        "routing.csv:2: department 's1-road' does not exist",
        "",
    ),
    ("routing.csv", "30,waste-missed", "15,waste-missed", "routing.csv:4: n 15 does not rise", "upward"),
    (
        "routing.csv",
        "30,waste-missed,,,,",
        "30,waste-missed,,,nowrooz,",
        "routing.csv:4: season 'nowrooz' does not exist",
        "'nowruz'",
    ),
    ("seasons.csv", "2027-04-03", "2027-03-03", "seasons.csv:2: the season ends before it begins", "after"),
    ("seasons.csv", "2027-04-03", "2028-03-20", "seasons.csv:3: it overlaps with line 2", "each year"),
    ("seasons.csv", "code,from,until", "code,from,to", "seasons.csv:1: unknown column 'to'", "until"),
    (
        "neighbourhoods.csv",
        "s2-pol,s2,",
        "s2-pol,s2,s1-a",
        "neighbourhoods.csv:4: sub-district 's1-a' lies in district 's1'",
        "change the district",
    ),
    ("places.csv", "36.32,59.57", "36.32,", "places.csv:3: half a point", "both"),
    ("places.csv", ",s1,36.29", ",s2,36.29", "places.csv:4: shared_with names its own district", "opposite"),
    (
        "places.csv",
        ",s1,36.29",
        ",s9,36.29",
        "places.csv:4: shared_with 's9' does not exist",
        "use one of: s1, s2",
    ),
    ("places.csv", "golha-park,park,s1,,", "golha-park,park,s1,,1-9", "a park has alleys", "street"),
    ("places.csv", "s2-pol,,s1", "s2-pol,1-8 odd,s1", "alleys: '1-8 odd' does not begin and end", "1-45 odd"),
    (
        "places.csv",
        "pol-street,street,s2,s2-pol,,s1",
        "pol-street-1,street,s1,,1-9,,,,خیابان پل,\npol-street,street,s2,s2-pol,9-20,s1",
        "places.csv:5: alleys of «خیابان پل» stand in line 4 too",
        "one row",
    ),
    (
        "services.csv",
        "required,place,realtime,yes,چاله",
        "required,asset,realtime,yes,چاله",
        "services.csv:3: 'pothole' is identified by asset and does not ask for it",
        "the code asset",
    ),
    (
        "services.csv",
        "none,none,,no,رفتار",
        "none,place,,no,رفتار",
        "services.csv:9: identified by its place, of which there is none",
        "identified_by none",
    ),
    ("agencies.csv", "telecom,no,,", "telecom,no,summer,", "agencies.csv:8: season 'summer' does", "nowruz"),
    ("escalation.csv", "unit,2,96h", "unit,2,70h", "escalation.csv:4: rung 2 is not later", "rise"),
    ("escalation.csv", "unit,1,72h", "unit,1,72", "escalation.csv:3: after '72' is not a duration", "72h"),
    ("escalation.csv", "unit,1,72h,deputy", "unit,1,72h,deputies", "roles 'deputies' is unknown", "'deputy'"),
    (
        "escalation.csv",
        "centre,1,2h,centre_head",
        "centre,1,2h,deputy",
        "deputy is no role of the centre",
        "",
    ),
    (
        "deadlines.csv",
        "default,,,72h",
        "default,,,80h",
        "deadlines.csv:2: rung 1 (72h) comes before the promise",
        "",
    ),
    (
        "deadlines.csv",
        "default,,,72h,calendar",
        "default,,,72h,working",
        "the working clock needs a calendar",
        "",
    ),
    ("deadlines.csv", "default,,,", "default,,question,", "there is no default", ""),
    (
        "calendars.toml",
        '"07:30-14:30"',
        '"14:30-07:30"',
        "calendars.toml:1: calendar 'office'",
        "07:30-14:30",
    ),
    ("calendars.toml", "friday = []\n", "", "calendars.toml:6: a calendar names all seven days", "saturday"),
    ("channels.toml", "[walk_in", "[counter", "there is no channel 'walk_in'", ""),
    ("holidays.csv", "2026-03-21", "2026-13-45", "holidays.csv:2: date '2026-13-45' is not a date", ""),
    ("city.toml", "accept_code", "acept_code", "city.toml:10: unknown key 'acept_code'", "accept_code"),
    ("city.toml", '"7d"', "7d  # a week", "city.toml:21: not TOML", 'quotes: objection_window = "7d"'),
    ("city.toml", '"7d"', '"7d', "city.toml:21: not TOML", "mend this line"),
    ("city.toml", '"7d"', '"7 days"', "city.toml:21: objection_window '7 days' is not a duration", "7d"),
    (
        "city.toml",
        'quiet_from = "22:00"',
        'quiet_from = "24:00"',
        "quiet_from '24:00' is not a time",
        "07:30",
    ),
    ("city.toml", 'calls_until = "20:00"', 'calls_until = "08:00"', "calls_until is not after", ""),
    (
        "city.toml",
        "survey_percent = 10",
        "survey_percent = 110",
        "survey_percent is out of range",
        "0 to 100",
    ),
    (
        "city.toml",
        'weekly_on = "saturday"',
        'weekly_on = "shanbe"',
        "weekly_on 'shanbe' is unknown",
        "saturday",
    ),
    (
        "city.toml",
        "verdicts_before_final = 2",
        "verdicts_before_final = 0",
        "verdicts_before_final is out of range",
        "1 to 9",
    ),
    ("city.toml", 'near_window = "14d"', 'near_window = "0s"', "near_window is nothing", ""),
    ("city.toml", "[numbers]", "[nombers]", "[numbers] is missing", "add it"),
    ("city.toml", 'try_again_after = "3h"', 'try_again_after = "0s"', "try_again_after is nothing", ""),
    ("retention.toml", "raw_texts", "raw_text", "retention.toml:7: unknown key 'raw_text'", "raw_texts"),
    ("retention.toml", '"365d"', '"1 year"', "retention.toml:6: texts '1 year' is not a duration", "7d"),
    ("retention.toml", "[keep]", "[kept]", "[keep] is missing", "add it"),
    ("calendars.toml", "operational = false", "operational = 3", "operational '3' is neither yes nor no", ""),
    ("departments.csv", ",always,مرکز", ",allways,مرکز", "calendar 'allways' does not exist", "always"),
    ("holidays.csv", ",no,جشن", ",maybe,جشن", "holidays.csv:2: mourning 'maybe' is neither", "yes or no"),
    (
        "city.toml",
        "Asia/Tehran",
        "Asia/Mashhad",
        "city.toml:1: timezone 'Asia/Mashhad' is unknown",
        "Asia/Tehran",
    ),
    ("city.toml", 'name_fa = "', "name_fa = ", "city.toml:2: not TOML", "line"),
    ("messages.toml", "{due}", "{deu}", "messages.toml:2: placeholder {deu} is unknown here", "'due'"),
    ("messages.toml", "سلام.", "سلام. {service} " * 12, "messages.toml:2: the SMS takes", "shorten"),
    ("messages.toml", "سلام.", "سلام. www.x.ir", "messages.toml:2: the text holds a link", ""),
    ("messages.toml", "کد پیگیری", "كد پيگيري", "messages.toml:2: fa has an Arabic 'ك'", "ک"),
    ("messages.toml", "{service}", "{service", "messages.toml:2: a brace is open", ""),
    (
        "messages.toml",
        "[case_closed.sms]",
        "[case_close.sms]",
        "occasion 'case_close' is unknown",
        "'case_closed'",
    ),
    (
        "messages.toml",
        "{answer} موعد: {due}. پذیرفتید",
        "{answer} پذیرفتید",
        "{due} is missing",
        "say {due}",
    ),
    (
        "articles/waste-times.md",
        "waste-missed",
        "waste-mised",
        "waste-times.md:4: service 'waste-mised'",
        "'waste-missed'",
    ),
    ("articles/waste-times.md", "<!-- en -->", "English", "not exactly one line <!-- en -->", ""),
    ("articles/waste-times.md", "2027-03-21", '"soon"', "waste-times.md:7: review_date cannot be 'soon'", ""),
]


@pytest.mark.parametrize(("file", "old", "new", "what", "mend"), BROKEN, ids=[one[3] for one in BROKEN])
def test_each_fault_is_named_with_its_place_and_mend(
    pack: Path, replace: Replace, file: str, old: str, new: str, what: str, mend: str
) -> None:
    replace(file, old, new)
    found = [fault for fault in faults_of(pack) if what in fault]
    assert found, faults_of(pack)
    assert mend in found[0].split(" -> ")[1]


def test_all_faults_are_told_at_once(pack: Path, replace: Replace) -> None:
    replace("services.csv", "pothole,streets", "pothole,street")
    replace("escalation.csv", "unit,2,96h", "unit,2,70h")
    replace("messages.toml", "{due}", "{deu}")
    (pack / "ladders.csv").rename(pack / "lader.csv")
    files = {fault.partition(":")[0] for fault in faults_of(pack)}
    assert {"services.csv", "escalation.csv", "messages.toml", "ladders.csv", "lader.csv"} <= files


def test_nobody_is_blamed_for_the_fault_of_another(pack: Path, replace: Replace) -> None:
    replace(
        "services.csv",
        "normal,public,no,required,place,realtime,yes,چاله",
        "normal,pubic,no,required,place,realtime,yes,چاله",
    )
    assert len(faults_of(pack)) == 1
    replace("departments.csv", "code,kind", "code,knid")
    assert {fault.partition(":")[0] for fault in faults_of(pack)} == {"services.csv", "departments.csv"}
    for file in pack.glob("*.*"):
        file.unlink()
    assert {fault.partition(": ")[2] for fault in faults_of(pack)} == {
        "the file is missing -> add it (cities/README.md)"
    }


def test_not_utf8_is_told_with_its_line(pack: Path) -> None:
    path = pack / "agencies.csv"
    path.write_bytes(path.read_bytes() + "gas2,no,194,گاز,Gas,نشت\n".encode("cp1256"))
    assert any(fault.startswith("agencies.csv:9: not UTF-8") for fault in faults_of(pack))


def test_an_unknown_pack_is_told(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "nowhere")
    assert fault.startswith("nowhere: there is no such pack")


def test_a_pack_based_on_itself_is_refused(pack: Path, replace: Replace) -> None:
    replace("city.toml", 'code = "sample"', 'based_on = "sample"\ncode = "sample"')
    (pack / "agencies.csv").unlink()
    assert any("comes back to this pack" in fault for fault in faults_of(pack))


def test_a_service_without_a_department_is_a_warning() -> None:
    found: ReadPack = read("sample")
    warned = [fault.what for fault in found.faults if fault.warning and fault.file == "services.csv"]
    assert warned == ["'other' has no department"]


def test_every_occasion_has_placeholders_and_samples() -> None:
    assert set(PLACEHOLDERS) == set(TextEvent)
    assert {name for _, names in PLACEHOLDERS.values() for name in names.split()} == set(SAMPLES)


def test_the_page_of_the_format_names_every_occasion_and_placeholder() -> None:
    page = (settings.CITIES_DIR / "README.md").read_text(encoding="utf-8")
    for event, (media, names) in PLACEHOLDERS.items():
        line = next(line for line in page.splitlines() if line.startswith(f"| `{event}` |"))
        assert f"| {', '.join(media)} |" in line
        assert all(f"`{name}`" in line for name in names.split())
        assert line.count("`") == 2 * (1 + len(names.split()))
