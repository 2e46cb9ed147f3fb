"""操作履歴 in words: every action has a name, every fact is readable, nothing is left out."""

from typing import Any

import pytest

from contracts.audit import AuditFacts, AuditLine
from front.audit import AuditQuery
from front.pages.admin.audit import ACTIONS, onward
from front.pages.admin.audit_words import differences
from front.pages.words import LANGUAGES, Words, load
from testkit.clock import START

JA = load()["ja"]


def told(before: AuditFacts, after: AuditFacts, words: Words = JA) -> list[tuple[str, str, str]]:
    line = AuditLine(
        source="settings",
        id=1,
        at=START,
        store="",
        by_company="DEMO",
        operator="admin",
        role="admin",
        action="store_changed",
        before=before,
        after=after,
    )
    return [(one.name, one.before, one.after) for one in differences(words, line)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_its_words(language: str, action: str) -> None:
    assert load()[language].has(f"audit_action.{action}")


CASES: list[tuple[str, Any, Any, tuple[str, str, str]]] = [
    ("customer_slip", "manual", "auto", ("お客様控え", "手動", "自動")),
    ("issuer.name", "", "デモ", ("発行者名", "", "デモ")),
    ("register.R1", None, "T1", ("POS R1 の決済端末", "", "T1")),
    ("terminal_option", True, False, ("決済端末連携の契約", "はい", "いいえ")),
    ("person.sato.role", "cashier", "manager", ("役割 sato", "レジ担当", "店長")),
    ("person.sato.stores", "", "S001", ("担当店舗 sato", "全店舗", "S001")),
    ("person.sato.password", None, "new", ("パスワード sato", "", "新しくした")),
    ("tender.1.state", "in_doubt", "not_performed", ("支払 1 の状態", "結果不明", "未実施")),
    ("tender.2.amount", None, 1650, ("支払 2 の金額", "", "¥1,650")),
    ("sale.state", "closed", "voided", ("会計の状態", "完了", "取消済み")),
    ("case.1.way", None, "accept", ("差異 1 の解決方法", "", "このまま了承")),
    (
        "notice.00000000-0000-7000-8000-000000000001",
        None,
        "2026-11-22T00:00:00+00:00/2026-11-22T01:00:00+00:00 工事 あり",
        ("お知らせ", "", "2026/11/22 09:00 – 2026/11/22 10:00 工事 あり"),
    ),
    (
        "box.00000000-0000-7000-8000-00000000ab12.code_expires_at",
        None,
        "2026-11-22T00:00:00+00:00",
        ("登録コードの期限 00ab12", "", "2026/11/22 09:00"),
    ),
    ("a_newer_services.fact", "x", "y", ("a_newer_services fact", "x", "y")),
]


@pytest.mark.parametrize(("name", "before", "after", "expected"), CASES)
def test_a_fact_is_told_in_words(
    name: str, before: Any, after: Any, expected: tuple[str, str, str]
) -> None:
    assert told({name: before}, {name: after}) == [expected]


def test_of_a_brand_rule_only_what_differs_is_told() -> None:
    rule = '{{"brand":"JCB","media":"card","valid_from":"2026-12-01","cancellable":{},"ways":{}}}'
    name = "brand_rule.card.JCB.2026-12-01.*"
    assert told(
        {name: rule.format("true", '["support"]')}, {name: rule.format("false", '["cash"]')}
    ) == [
        ("JCB 2026-12-01 端末での取消・返品", "はい", "いいえ"),
        ("JCB 2026-12-01 できないときの方法", "サポートへ連絡", "現金で返金"),
    ]


def test_a_brand_rule_that_is_new_or_gone_is_told_whole() -> None:
    name = "brand_rule.card.JCB.2026-12-01.S001"
    rule = '{"brand":"JCB","media":"card","valid_from":"2026-12-01","store":"S001"}'
    new = told({name: None}, {name: rule})
    assert ("JCB 2026-12-01 対象", "", "S001") in new
    assert ("JCB 2026-12-01 支払種別", JA("media.card"), "") in told({name: rule}, {name: None})


def test_a_rule_that_cannot_be_read_is_shown_as_it_is() -> None:
    assert told({}, {"brand_rule.x": "{"}) == [("ブランド規則 x", "", "{")]


def test_the_next_page_keeps_the_filters() -> None:
    asked = onward(AuditQuery(store="S001", day="2026-11-22"), "1-sales-1")
    assert asked == "store=S001&day=2026-11-22&after=1-sales-1&limit=50"
