"""The packs we ship: what people ask of a city is there, in words they use, and somebody answers for it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

import pytest
from django.conf import settings

from pol137.city.rules.assemble import assemble
from pol137.city.rules.book import Book
from pol137.city.rules.subjects import find_subjects
from pol137.city.vocabulary import PlaceNeed, Role, Urgency
from pol137.commands.city import read
from pol137.lib.durations import parse_duration
from pol137.packs.rules.pack import Pack, numbered, records_of

ORDINARY_DAY = date(2026, 11, 22)
CITIES = ("mashhad", "shiraz")
THIRTEEN = (
    "phone",
    "ivr",
    "sms",
    "email",
    "web",
    "app",
    "open311",
    "messenger",
    "walk_in",
    "letter",
    "session",
    "field",
    "media",
)


@cache
def pack_of(city: str) -> Pack:
    return read(city).pack


@cache
def book_of(city: str) -> Book:
    return assemble(0, numbered(records_of(pack_of(city)), ORDINARY_DAY), ORDINARY_DAY)


@pytest.mark.parametrize("city", CITIES)
def test_a_city_offers_what_people_ask_of_it_in_both_languages(city: str) -> None:
    services = list(book_of(city).services)
    assert len(services) >= 150
    for one in services:
        persian = [word for word in one.keywords if re.search("[آ-ی]", word)]
        english = [word for word in one.keywords if re.search("[a-zA-Z]", word)]
        assert len(persian) >= 3, one.code
        assert english or one.code == "137-service", one.code
        assert re.search("[آ-ی]", one.name_fa + one.description_fa), one.code
        assert not re.search("[آ-ی]", one.name_en + one.description_en), one.code


@pytest.mark.parametrize("city", CITIES)
def test_names_of_subjects_and_groups_are_told_apart(city: str) -> None:
    book = book_of(city)
    for shelf in (list(book.services), list(book.groups)):
        assert len({one.name_fa for one in shelf}) == len(shelf)
        assert len({one.name_en for one in shelf}) == len(shelf)


SAID = [
    ("آشغالای سر کوچه رو نبردن", "garbage-collection"),
    ("سطل زباله شکسته", "garbage-bin"),
    ("کوچه ما را جارو نمی\u200cکنند", "sweeping"),
    ("جوب گرفته و بو میده", "gutter-dredging"),
    ("نخاله ریختن تو زمین خالی", "illegal-dumping"),
    ("گربه مرده وسط خیابان افتاده", "dead-animal"),
    ("سگ ولگرد زیاد شده", "stray-dogs"),
    ("سگ بچه\u200cام را گاز گرفت", "dog-attack"),
    ("موش توی جوب زیاده", "pests"),
    ("مار تو حیاط خونه دیدیم", "wild-animal"),
    ("شاخه درخت به سیم برق رسیده", "tree-pruning"),
    ("درخت افتاده روی ماشین", "fallen-tree"),
    ("درخت خشک شده و می\u200cخواهد بیفتد", "dry-tree"),
    ("همسایه درخت را بریده", "tree-cutting"),
    ("چمن پارک آب نمی\u200cخوره و خشک شده", "green-upkeep"),
    ("تاب پارک شکسته", "playground"),
    ("چراغای پارک خاموشه", "park-lighting"),
    ("چاله وسط خیابونه", "asphalt"),
    ("آسفالت خراب", "asphalt"),
    ("کوچه ما خاکیه", "unpaved-street"),
    ("پیاده\u200cرو کنده شده", "sidewalk"),
    ("جدول شکسته", "kerb-gutter"),
    ("پل روی جوب شکسته", "gutter-bridge"),
    ("اداره گاز کنده و رفته", "utility-trench"),
    ("دریچه وسط خیابون صدا میده", "manhole-level"),
    ("در منهول باز مانده", "open-manhole"),
    ("پله برقی پل عابر خرابه", "escalator"),
    ("ویلچر از پیاده\u200cرو رد نمیشه", "accessibility"),
    ("همسایه طبقه اضافه می\u200cسازه", "construction-supervision"),
    ("شبا بنایی می\u200cکنن", "construction-nuisance"),
    ("گودبرداری کنار خونه ما ول شده", "stopped-pit"),
    ("دیوار خونه داره می\u200cریزه", "collapse-danger"),
    ("پروانه ساختمانی ام صادر نمی\u200cشود", "building-permit"),
    ("دستفروش پیاده\u200cرو را بسته", "obstruction"),
    ("مکانیکی ماشین\u200cها را تو پیاده\u200cرو می\u200cگذارد", "vehicle-trade"),
    ("روی دیوار خونه آگهی تخلیه چاه نوشتن", "graffiti"),
    ("صدای بلندگوی تالار تا صبح", "noise"),
    ("دود کبابی محله را گرفته", "smoke"),
    ("صافکاری کنار خانه سروصدا و بو دارد", "workshop-nuisance"),
    ("زباله آتش می\u200cزنند", "waste-burning"),
    ("چراغ راهنمایی چهارراه خرابه", "traffic-light"),
    ("سرعت گیر می\u200cخوایم", "speed-bump"),
    ("خط عابر پاک شده", "road-marking"),
    ("تابلوی کوچه افتاده", "street-name"),
    ("ماشین رها شده چند ماهه تو کوچه\u200cست", "abandoned-car"),
    ("پارکبان پول زیاد گرفت", "parking-fee"),
    ("جلوی مدرسه خطرناکه", "school-safety"),
    ("اتوبوس نمیاد", "bus-fleet"),
    ("اتوبوس خط ده دیر میاد", "bus-fleet"),
    ("کولر اتوبوس خرابه", "bus-inside"),
    ("سایبان ایستگاه اتوبوس", "bus-stop"),
    ("کارت اتوبوس شارژ نمی\u200cشود", "bus-card"),
    ("راننده تاکسی کرایه اضافه گرفت", "taxi"),
    ("اسنپ کرایه زیاد گرفت", "online-taxi"),
    ("راننده سرویس مدرسه", "school-service"),
    ("کیفم تو تاکسی جا مونده", "lost-thing"),
    ("بوی گاز میاد", "gas-smell"),
    ("سیم برق افتاده", "fallen-wire"),
    ("آب زیرگذر را گرفته", "flooding"),
    ("برف کوچه رو بسته", "snow-ice"),
    ("زمین فرو رفته", "subsidence"),
    ("داربست داره میفته", "loose-object"),
    ("توالت عمومی بسته است", "public-toilet"),
    ("آب سردکن پارک خراب است", "drinking-fountain"),
    ("خرید قبر", "grave-papers"),
    ("شیر آتش نشانی نشت دارد", "hydrant"),
    ("گدا سر چهارراه", "street-children"),
    ("بچه\u200cها سر چهارراه گل می\u200cفروشند", "working-children"),
    ("کارتن\u200cخواب تو پارک می\u200cخوابه", "homeless"),
    ("معتادها زیر پل جمع می\u200cشوند", "drug-gathering"),
    ("کتابخانه محله بسته است", "library"),
    ("زمین چمن می\u200cخواهیم", "sports-place"),
    ("قبض نوسازی", "renovation-dues"),
    ("قبض پسماند زیاد آمده", "waste-fee"),
    ("می\u200cخواهم عوارض را قسطی بدهم", "instalments"),
    ("ماشینم تو چاله افتاد خسارت می\u200cخوام", "damage-claim"),
    ("پول از حسابم کم شد ولی پرداخت ثبت نشد", "payment-fault"),
    ("سایت شهرداری باز نمیشه", "portal-fault"),
    ("رشوه خواستند", "corruption"),
    ("مأمور شهرداری توهین کرد", "staff-conduct"),
    ("می\u200cخواهم شهردار منطقه را ببینم", "meeting"),
    ("چراغ کوچه خاموشه", "street-light"),
    ("برق قطعه", "power-cut"),
    ("لوله آب ترکیده", "water-network"),
    ("فاضلاب شهری پس زده", "sewer-network"),
    ("نانوایی گران می\u200cفروشد", "shop-prices"),
    ("همسایه شارژ ساختمان را نمی\u200cدهد", "neighbour-dispute"),
    ("بچه\u200cام گم شده", "lost-person"),
    ("از پاکبان محله ممنونم", "praise"),
    ("pothole", "asphalt"),
    ("bus is late", "bus-fleet"),
    ("stray dog", "stray-dogs"),
    ("street light is out", "street-light"),
    ("noise at night", "noise"),
    ("سه روزه ماشین شهرداری نیومده زباله ها رو ببره", "garbage-collection"),
    ("سطل اشغال سر کوچه چرخش شکسته", "garbage-bin"),
    ("برگهای پاییزی تو جوب ریخته", "gutter-dredging"),
    ("خیابان خیلی کثیف است", "sweeping"),
    ("بوی گند از سطل زباله میاد", "waste-leachate"),
    ("یه مبل قدیمی دارم میخوام بندازم دور", "bulky-waste"),
    ("کنار خیابون گوسفند کشتن", "slaughter"),
    ("کارواش آب کثیفش رو ول میکنه تو کوچه", "sewage-street"),
    ("سگ ها شب حمله میکنن", "stray-dogs"),
    ("گربه بالای درخت گیر کرده", "injured-animal"),
    ("همسایه مرغ و خروس نگه میداره", "livestock"),
    ("توی پارک سگ میارن", "pet-nuisance"),
    ("درخت جلوی خونمون خشکیده", "dry-tree"),
    ("شاخه ها رفته تو برق", "tree-pruning"),
    ("آب پارک هدر میره لوله شکسته", "green-irrigation"),
    ("لوله آبیاری فضای سبز ترکیده", "green-irrigation"),
    ("یه نهال بکارید جلوی خونه ما", "tree-planting"),
    ("سرسره پارک لقه", "playground"),
    ("پارک شبا تاریکه", "park-lighting"),
    ("معتادا تو پارک", "drug-gathering"),
    ("ریشه درخت پیاده رو را ترکانده", "tree-roots"),
    ("آسفالت کوچه رو درست کنید", "asphalt"),
    ("بعد باران آب جمع میشه جلوی خونه", "rain-drainage"),
    ("مخابرات کوچه رو کند و ول کرد", "utility-trench"),
    ("دریچه فاضلاب لقه و تلق تولوق میکنه", "manhole-level"),
    ("روی پل عابر پله برقی کار نمیکنه", "escalator"),
    ("میله های پیاده رو شکسته", "bollard"),
    ("پروژه خیابون ما نیمه کاره مونده", "municipal-works"),
    ("دارن ساختمون بدون پروانه میسازن", "construction-supervision"),
    ("ساعت ۲ شب بتن میریزن", "construction-nuisance"),
    ("پارکینگ خونه رو مغازه کردن", "land-use"),
    ("سنگ نمای ساختمان داره میفته", "loose-object"),
    ("جریمه کمیسیون ماده صد", "article-100-file"),
    ("همسایه کوچه رو تصرف کرده", "land-encroachment"),
    ("وانتی ها پیاده رو رو گرفتن", "obstruction"),
    ("مغازه دار جنسشو چیده تو پیاده رو", "obstruction"),
    ("نمایشگاه ماشین جلوی خونه ما پارک میکنه", "vehicle-trade"),
    ("تابلوی مغازه نورش تو چشممونه", "billboard"),
    ("برای نذری میخوایم کوچه رو ببندیم", "event-permit"),
    ("باشگاه بغل خونه صداش زیاده", "noise"),
    ("لاستیک آتیش میزنن", "waste-burning"),
    ("چراغ قرمز خاموشه", "traffic-light"),
    ("تابلو پارک ممنوع بزنید", "traffic-sign"),
    ("جای پارک نیست", "parking"),
    ("کامیون رد میشه از کوچه ما", "heavy-vehicles"),
    ("خیابون رو یک طرفه کنید", "traffic-plan"),
    ("دوچرخه اشتراکی خرابه", "shared-bike"),
    ("نیوجرسی جابجا شده", "traffic-barrier"),
    ("اتوبوسا شلوغه و دیر به دیر میاد", "bus-fleet"),
    ("راننده اتوبوس وسط راه نگه نداشت", "bus-fleet"),
    ("خط اتوبوس جدید برای محله ما", "bus-lines"),
    ("تاکسی خطی نداریم", "taxi-line"),
    ("گوشیمو تو اتوبوس جا گذاشتم", "lost-thing"),
    ("کارتخوان اتوبوس دوبار پول کم کرد", "bus-card"),
    ("در چاه وسط کوچه بازه", "open-manhole"),
    ("خیابون رو آب برداشته", "flooding"),
    ("روغن ریخته وسط اتوبان", "road-hazard"),
    ("دیوار کج شده میخواد بریزه", "collapse-danger"),
    ("پله ها یخ زده", "snow-ice"),
    ("زلزله اومد خونه ترک خورد", "earthquake-damage"),
    ("جعبه برق بازه", "fallen-wire"),
    ("دستشویی پارک کثیفه", "public-toilet"),
    ("هزینه قبر چقدره", "grave-papers"),
    ("میوه فروشی شهرداری گرون میده", "market"),
    ("پیرمردی کنار خیابان خوابیده", "homeless"),
    ("کوچه تاریکه زن ها میترسن", "women-safety"),
    ("استخر شهرداری", "sports-place"),
    ("کلاس برای بچه ها", "child-family"),
    ("تخفیف عوارض", "instalments"),
    ("عوارض ماشین", "car-dues"),
    ("به مبلغ عوارض اعتراض دارم", "dues-objection"),
    ("کد تایید سایت نمیاد", "portal-fault"),
    ("رمزم یادم رفته", "account-access"),
    ("آدرس خونه ما تو نقشه غلطه", "map-error"),
    ("کارمند جوابمو نمیده و امروز فردا میکنه", "office-delay"),
    ("پیشنهاد دارم برای محله", "suggestion"),
    ("میخوام داوطلب بشم", "volunteers"),
    ("زنگ زدم ۱۳۷ جواب ندادن", "137-service"),
    ("آب خونه قطعه", "water-network"),
    ("نون گرون شده", "shop-prices"),
    ("دزد موتور", "public-order"),
    ("کابل تلفن آویزونه", "telecom-network"),
    ("همسایه بالایی آب میریزه", "neighbour-dispute"),
]


@pytest.mark.parametrize(("said", "code"), SAID)
def test_what_people_say_finds_its_subject(said: str, code: str) -> None:
    assert code in [one.code for one in find_subjects(said, city=book_of("mashhad"), limit=3)]


@pytest.mark.parametrize(
    ("city", "said", "code"),
    [
        ("shiraz", "آشغالای سر کوچه رو نبردن", "garbage-collection"),
        ("mashhad", "زائرم جا برای خواب می‌خواهم", "pilgrim-lodging"),
        ("mashhad", "ویلچر برای حرم", "pilgrim-wheelchair"),
        ("mashhad", "پارکینگ نزدیک حرم", "pilgrim-parking"),
        ("mashhad", "من کارت شارژ نمی‌شود", "bus-card"),
        ("shiraz", "باغ قصرالدشت را خشک می‌کنند", "garden-protection"),
        ("shiraz", "سنگفرش بافت تاریخی", "old-quarter"),
        ("shiraz", "از توریست پول زیاد گرفتند", "tourist-conduct"),
    ],
)
def test_a_city_s_own_words_find_its_own_subjects(city: str, said: str, code: str) -> None:
    assert code in [one.code for one in find_subjects(said, city=book_of(city), limit=3)]


def test_the_subjects_of_one_city_are_not_of_the_other() -> None:
    mashhad, shiraz = ({one.code for one in book_of(city).services} for city in CITIES)
    assert {"pilgrim-services", "pilgrim-lodging", "shrine-access"} <= mashhad - shiraz
    assert {"garden-protection", "old-quarter", "visitor-guide"} <= shiraz - mashhad


def test_in_its_season_a_headquarters_takes_the_pilgrims_matters() -> None:
    book = book_of("mashhad")
    lodging = book.services.by_code["pilgrim-lodging"].id
    offices = {
        day: book.rules_for(lodging, None, day=day)[0].department
        for day in (ORDINARY_DAY, date(2027, 3, 21), date(2026, 8, 10))
    }
    assert list(offices.values()) == ["dep-culture-pilgrims", "hq-nowruz", "hq-safar"]


@pytest.mark.parametrize("city", CITIES)
def test_only_the_catch_all_waits_for_triage(city: str) -> None:
    silent = [str(one) for one in read(city).faults if "has no department" in one.what]
    assert [one for one in silent if "'other'" not in one] == []
    assert len(silent) == 1


@pytest.mark.parametrize("city", CITIES)
def test_what_is_confidential_goes_to_inspection_and_is_told_only_there(city: str) -> None:
    book = book_of(city)
    confidential = [one for one in book.services if one.confidential]
    assert {one.code for one in confidential} >= {"staff-conduct", "corruption"}
    for one in confidential:
        rule = book.rules_for(one.id, None, day=ORDINARY_DAY)[0]
        assert rule.department == "inspection-complaints"
        told = {
            role
            for rung in book.ladders[book.policy_for(one.id, one.kind).ladder_id].rungs
            for role in rung.roles
        }
        assert told <= {Role.UNIT_HEAD, Role.INSPECTOR, Role.CENTRE_HEAD}


@pytest.mark.parametrize("city", CITIES)
def test_a_danger_has_a_promise_of_hours_and_its_shift_is_told_at_once(city: str) -> None:
    book = book_of(city)
    dangers = [one for one in book.services if one.urgency is Urgency.URGENT]
    assert len(dangers) >= 12
    for one in dangers:
        policy = book.policy_for(one.id, one.kind)
        assert policy.within <= timedelta(hours=3), one.code
        assert Role.SHIFT_SUPERVISOR in book.ladders[policy.ladder_id].rungs[0].roles, one.code


@pytest.mark.parametrize("city", CITIES)
def test_every_promise_is_told_before_its_ladder_climbs(city: str) -> None:
    book = book_of(city)
    for one in book.services:
        policy = book.policy_for(one.id, one.kind)
        rungs = book.ladders[policy.ladder_id].rungs
        assert len(rungs) >= 2, one.code
        assert rungs[1].after >= policy.within, one.code


@pytest.mark.parametrize("city", CITIES)
def test_what_is_told_apart_by_line_or_number_asks_for_it(city: str) -> None:
    for row in pack_of(city).table("service"):
        asked = {one.code for one in book_of(city).services.by_code[row["code"]].questions}
        if row["identified_by"] in ("line", "asset"):
            assert row["identified_by"] in asked, row["code"]
        if row["identified_by"] == "place":
            assert row["place"] == PlaceNeed.REQUIRED, row["code"]


@pytest.mark.parametrize("city", CITIES)
def test_thirteen_channels(city: str) -> None:
    assert [one.code for one in book_of(city).channels] == list(THIRTEEN)


def test_every_text_of_mashhad_is_there_in_arabic_and_says_as_much() -> None:
    texts = book_of("mashhad").texts
    for (event, medium, language), text in texts.items():
        if language == "fa":
            arabic = texts[event, medium, "ar"]
            assert re.search("[ةيكىأإ]", arabic), event
            assert placeholders(arabic) >= placeholders(text) & {"code", "due", "answer", "reasons"}, event


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_the_shared_ground_names_no_city() -> None:
    for path in (settings.CITIES_DIR / "iran").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not re.search("مشهد|شیراز|رضوی|Mashhad|Shiraz", text), path.name


def test_the_examples_of_the_page_are_what_the_pack_says() -> None:
    page = (settings.BASE_DIR / "docs" / "rules" / "subjects.md").read_text(encoding="utf-8")
    book = book_of("mashhad")
    rows = re.findall(r"^\| «(.+)» \| `([\w-]+)` \| .+ \| (\w+) \| .+ \|$", page, re.MULTILINE)
    assert len(rows) >= 5
    for said, code, within in rows:
        assert code in [one.code for one in find_subjects(said, city=book, limit=3)]
        subject = book.services.by_code[code]
        assert book.policy_for(subject.id, subject.kind).within == parse_duration(within), code


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize(
    ("code", "reply"),
    [
        ("billboard", "yes"),
        ("site-safety", "yes"),
        ("escalator", "yes"),
        ("working-children", "yes"),
        ("playground", "hurt"),
        ("playground", "danger"),
    ],
)
def test_who_says_yes_to_danger_is_taken_at_his_word(city: str, code: str, reply: str) -> None:
    service = book_of(city).services.by_code[code]
    assert reply in {value.key for one in service.questions for value in one.values}
    assert not service.urgent and service.told_danger({"danger": reply})
    assert not service.told_danger({"danger": "no"}) and not service.told_danger({})
