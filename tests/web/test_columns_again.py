"""Columns that are matched again after the plan was made, without a browser."""

import re

from tests.support.page_client import PageClient, dropped, match


def test_a_plan_of_other_columns_is_said_to_be_old_and_is_not_sent(client: PageClient) -> None:
    export = b"Offer name,Slot,Text A,Text B\nAlpha,Web banner,AAA,BBB\n"
    _, answer = dropped(client, "export.csv", export)
    draft = answer["path"].split("/")[2]
    match(client, draft, "name", "placement", "content", "")
    client.post(f"/drafts/{draft}/plan")
    fresh = client.get(f"/drafts/{draft}/plan").text
    match(client, draft, "name", "placement", "", "content")

    shown = client.get(f"/drafts/{draft}/plan").text
    said = dict(re.findall(r'name="(plan|digest)" value="([^"]*)"', fresh))
    sent = client.client.post(
        f"{client.origin}{client.root}/drafts/{draft}/send",
        data={"token": client.token, **said},
        headers={"Origin": client.origin},
    )

    stale = "since this was worked out"
    assert stale not in fresh
    assert stale in shown
    assert sent.status_code == 409, sent.text
    assert "AAA" not in client.text("/runs")
