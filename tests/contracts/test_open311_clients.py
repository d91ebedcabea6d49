"""A real client library talks to a real server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import georeport
import pytest
from django.utils import timezone

from tests.factories import report


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_georeport_reads_the_city_and_its_requests(
    live_server: Any, settings: Any, transactional_db: None, fmt: str
) -> None:
    settings.MODERATION = False
    cases = [report(timezone.now()).case for _ in range(2)]
    city = georeport.GeoReport(f"{live_server.url}/open311/v2", "sample.example", output_format=fmt)
    services = city.get_service_list()
    assert {one["service_code"] for one in services} >= {"light-out", "tree-care"}
    told = city.get_service_definition("tree-care")
    assert told["service_code"] == "tree-care"
    since = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = city.get_service_requests(start_date=since, status="open")
    assert {row["service_request_id"] for row in rows} == {case.code for case in cases if case}
    first = cases[0]
    assert first is not None
    assert city.get_service_request(first.code)["service_request_id"] == first.code
