"""The website channel over HTTP: sessions, messages answered once, history, ending, limits, CORS and privacy."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from tests.e2e.leaks import _holds
from tests.e2e.website import LEASE_SECONDS, PAGE, Chat, WebsiteServer, WebsiteServers, website_servers

SECRET = "Rosalind Marchetti of 12 Harbour Lane"
PROBLEM = "application/problem+json"


@pytest.fixture
def servers(request: pytest.FixtureRequest) -> WebsiteServers:
    return website_servers(request.config)


@pytest.fixture
def server(servers: WebsiteServers) -> WebsiteServer:
    return servers.one


@pytest.fixture
def mortal(servers: WebsiteServers) -> WebsiteServer:
    """A server that counts calls and may die; it is started again when the test before killed it."""
    try:
        httpx.get(f"{servers.mortal.url}/health")
    except httpx.TransportError:
        servers.mortal.start()
    return servers.mortal


def from_address(url: str, address: str) -> Chat:
    """A chat from a network address of its own, as a proxy would report it."""
    return Chat(url, **{"X-Forwarded-For": address})


def new_id() -> str:
    return str(uuid.uuid4())


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]


def test_a_session_has_a_token_an_end_and_a_short_id(server):
    session = Chat(server.url).session
    assert set(session) == {"token", "expires_at", "conversation"}
    until = datetime.fromisoformat(session["expires_at"]) - datetime.now(timezone.utc)
    assert timedelta(hours=11, minutes=59) < until <= timedelta(hours=12)
    assert len(session["conversation"]) == 8


def test_the_short_id_is_no_credential(server):
    chat = Chat(server.url)
    chat.say("hello")
    assert_problem(Chat(server.url, token=chat.session["conversation"]).history(), 401)


def test_replies_arrive_whole_and_in_order_and_the_channel_has_its_name(server):
    chat = Chat(server.url)
    message_id = new_id()
    replies = chat.say("faq", message_id)
    assert [reply["id"] for reply in replies] == [f"{message_id}.1", f"{message_id}.2"]
    assert replies[0]["custom"]["faq"]["id"] == "lupus_definition"
    assert replies[1]["buttons"] == [{"title": "Yes", "payload": "yes"}]
    [(conversation, _, channel)] = [entry for entry in server.processed() if entry[1] == message_id]
    assert channel == "website"
    assert conversation.startswith(chat.session["conversation"])


def test_the_same_id_gets_the_same_replies_and_is_processed_once(servers):
    chat = Chat(servers.one.url)
    message_id = new_id()
    first = chat.send("hello", message_id)
    at_the_other = Chat(servers.two.url, chat.token)
    assert chat.send("hello", message_id).json() == first.json()
    assert at_the_other.send("hello", message_id).json() == first.json()
    assert servers.one.times_processed(message_id) == 1


def test_the_same_id_at_once_at_two_servers_is_processed_once(servers):
    chat = Chat(servers.one.url)
    message_id = new_id()
    clients = [Chat(server.url, chat.token) for server in (servers.one, servers.two) * 6]
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(lambda client: client.say("slow 1", message_id), clients))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0]["text"] == "you said: slow 1"
    assert servers.one.times_processed(message_id) == 1


def test_an_id_used_for_another_text_is_refused_rather_than_lost(server):
    chat = Chat(server.url)
    message_id = new_id()
    chat.say("hello", message_id)
    assert_problem(chat.send("something else", message_id), 409)
    assert server.times_processed(message_id) == 1


def test_a_message_whose_connection_broke_is_answered_at_the_retry(server):
    chat = Chat(server.url)
    message_id = new_id()
    with pytest.raises(httpx.TimeoutException):
        httpx.post(
            f"{server.url}/message",
            json={"id": message_id, "text": "slow 1.5"},
            headers=chat.headers,
            timeout=0.7,
        )
    assert chat.say("slow 1.5", message_id)[0]["text"] == "you said: slow 1.5"
    assert server.times_processed(message_id) == 1


def test_a_message_whose_server_died_is_answered_by_another(servers, mortal):
    chat = from_address(mortal.url, "203.0.113.1")
    message_id = new_id()
    with pytest.raises(httpx.TransportError):
        chat.send("crash", message_id)
    begun = time.monotonic()
    assert Chat(servers.one.url, chat.token).say("crash", message_id)[0]["text"] == "you said: crash"
    assert time.monotonic() - begun < LEASE_SECONDS + 10


def test_a_turn_saved_by_a_server_that_died_is_not_processed_again(servers, mortal):
    chat = from_address(mortal.url, "203.0.113.2")
    message_id = new_id()
    with pytest.raises(httpx.TransportError):
        chat.send("vanish", message_id)
    elsewhere = Chat(servers.two.url, chat.token)
    replies = elsewhere.say("vanish", message_id)
    assert [reply["text"] for reply in replies] == ["you said: vanish"]
    assert servers.one.times_processed(message_id) == 1
    in_history = elsewhere.history().json()["messages"]
    assert [message["id"] for message in in_history] == [message_id, replies[0]["id"]]


def test_a_failure_becomes_an_apology_without_the_failures_words(server):
    [reply] = Chat(server.url).say(f"fail {SECRET}")
    assert "Sorry" in reply["text"]
    assert "quotes" not in reply["text"]


def test_history_gives_back_what_was_said_with_the_same_ids(server):
    chat = Chat(server.url)
    said = []
    for text in ("hello", "faq", "silent", "many 3"):
        message_id = new_id()
        replies = [{"from": "assistant", **reply} for reply in chat.say(text, message_id)]
        said += [{"id": message_id, "from": "patient", "text": text}, *replies]
    page = chat.history().json()
    assert page["next"] is None
    for message in page["messages"]:
        if message["from"] == "patient":
            del message["at"]
    assert page["messages"] == said


def test_history_comes_in_pages_of_any_size(server):
    chat = Chat(server.url)
    for number in range(1, 8):
        chat.say(f"many {number}" if number % 2 else "silent")
    whole = chat.history(limit=100).json()["messages"]
    assert len(whole) == 7 + 1 + 3 + 5 + 7 + 3
    for size in (1, 2, 3, 5, 7, 20):
        pages, cursor = [], None
        while True:
            page = chat.history(limit=size, **({"before": cursor} if cursor else {})).json()
            pages = page["messages"] + pages
            cursor = page["next"]
            if cursor is None:
                break
        assert pages == whole, f"in pages of {size}"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=5&limit=6",
        "before=-1",
        "before=0",
        "before=abc",
        "before=",
        "limit",
        "after=3",
        "=",
    ],
)
def test_a_wrong_query_is_refused(server, query):
    chat = Chat(server.url)
    assert_problem(httpx.get(f"{server.url}/history?{query}", headers=chat.headers), 400)


def test_a_fresh_chat_has_no_history(server):
    assert Chat(server.url).history().json() == {"messages": [], "next": None}


def test_after_the_end_the_token_opens_nothing_anywhere(servers):
    chat = Chat(servers.one.url)
    message_id = new_id()
    chat.say(SECRET, message_id)
    elsewhere = Chat(servers.two.url, chat.token)
    assert chat.end().status_code == 204
    for client in (chat, elsewhere):
        assert_problem(client.history(), 401)
        assert_problem(client.send(SECRET, message_id), 401)
        assert_problem(client.send("hello"), 401)
        assert_problem(client.end(), 401)
    following = Chat(servers.one.url)
    assert following.session["conversation"] != chat.session["conversation"]
    assert following.history().json()["messages"] == []
    assert "Rosalind" not in str(following.say("hello"))


def test_ending_while_an_answer_is_on_its_way_shows_it_to_nobody(server):
    chat = Chat(server.url)
    with ThreadPoolExecutor(1) as threads:
        pending = threads.submit(chat.send, "slow 1.5")
        time.sleep(0.6)
        assert Chat(server.url, chat.token).end().status_code == 204
        assert_problem(pending.result(), 401)


def test_chats_do_not_see_each_other(server):
    mine, theirs = Chat(server.url), Chat(server.url)
    mine.say(SECRET, "same-id")
    assert theirs.say("hello", "same-id")[0]["text"] == "you said: hello"
    assert len(theirs.history().json()["messages"]) == 2


@pytest.mark.parametrize(
    "credential", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic dXNlcjpwYXNz", "{token}", "Bearer {token}x"]
)
def test_no_or_forged_credentials_open_nothing(server, credential):
    chat = Chat(server.url)
    headers = {"Authorization": credential.format(token=chat.token)} if credential else {}
    before = len(server.processed())
    for method, path, body in (
        ("POST", "message", {"id": "m", "text": "hello"}),
        ("POST", "feedback", {"message_id": "m.1", "topic": "t", "helpful": True}),
        ("GET", "history", None),
        ("DELETE", "session", None),
    ):
        answer = httpx.request(method, f"{server.url}/{path}", json=body, headers=headers)
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert len(server.processed()) == before


def test_what_is_too_large_is_refused_before_it_is_read(server):
    chat = Chat(server.url)
    assert_problem(chat.send("x" * 2501), 413)
    assert_problem(chat.send("x" * 20_000), 413)
    chunks = (b" " * 4096 for _ in range(80))
    headers = {**chat.headers, "Content-Type": "application/json"}
    assert_problem(httpx.post(f"{server.url}/message", content=chunks, headers=headers), 413)
    assert chat.send("x" * 2500).status_code == 200


def test_votes_count_only_for_answers_of_this_chat(server):
    chat = Chat(server.url)
    answer, other = chat.say("faq")
    vote = {"message_id": answer["id"], "topic": "lupus_definition", "helpful": True}

    def cast(client: Chat, **changed: object) -> httpx.Response:
        return httpx.post(f"{server.url}/feedback", json={**vote, **changed}, headers=client.headers)

    assert cast(chat).status_code == 204
    assert cast(chat, helpful=False).status_code == 204
    assert_problem(cast(chat, topic="lupus_diet"), 404)
    assert_problem(cast(chat, message_id=other["id"]), 404)
    assert_problem(cast(Chat(server.url)), 404)


def test_too_many_messages_in_one_chat_wait(mortal):
    chat = from_address(mortal.url, "203.0.113.10")
    statuses = [chat.send("hello").status_code for _ in range(7)]
    assert statuses == [200] * 6 + [429]
    answer = chat.send("hello")
    assert_problem(answer, 429)
    assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert answer.json()["retry_after"] == int(answer.headers["retry-after"])
    assert from_address(mortal.url, "203.0.113.10").send("hello").status_code == 200
    assert chat.end().status_code == 204


def test_too_many_chats_from_one_address_wait_and_other_addresses_do_not(mortal):
    for _ in range(4):
        from_address(mortal.url, "203.0.113.20")
    full = httpx.post(f"{mortal.url}/session", json={}, headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.20"})
    assert_problem(full, 429)
    assert "retry-after" in full.headers
    from_address(mortal.url, "203.0.113.21")


def test_too_many_calls_of_any_kind_from_one_address_wait(mortal):
    headers = {"X-Forwarded-For": "203.0.113.30"}
    statuses = [httpx.get(f"{mortal.url}/history", headers=headers).status_code for _ in range(42)]
    assert statuses == [401] * 40 + [429] * 2


@pytest.mark.parametrize("name", ["one", "two"])
def test_browsers_may_call_from_allowed_websites_only(servers, name):
    url = getattr(servers, name).url
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    allowed = httpx.options(f"{url}/message", headers={"Origin": PAGE, **asking})
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert allowed.headers["access-control-allow-headers"] == "Authorization, Content-Type"
    assert allowed.headers["access-control-allow-methods"] == "GET, POST, DELETE"
    assert allowed.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in allowed.headers
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        refused = httpx.options(f"{url}/message", headers={"Origin": origin, **asking})
        assert_problem(refused, 403)
        assert not [header for header in refused.headers if header.startswith("access-control")]
        posted = httpx.post(f"{url}/session", json={}, headers={"Origin": origin})
        assert_problem(posted, 403)
        assert not [header for header in posted.headers if header.startswith("access-control")]


def test_every_answer_carries_the_safe_headers_and_errors_are_readable_across_origins(server):
    chat = Chat(server.url)
    answers = [
        chat.history(),
        chat.send("hello"),
        chat.send("x" * 2501),
        chat.http.get(f"{server.url}/nowhere"),
        chat.http.put(f"{server.url}/session"),
        chat.http.get(f"{server.url}/history"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 413, 404, 405, 401]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["access-control-expose-headers"] == "Retry-After"
    assert set(answers[4].headers["allow"].split(", ")) == {"POST", "DELETE"}


def test_rasas_own_paths_are_as_they_were(server):
    root = server.url.removesuffix("/webhooks/website")
    assert httpx.get(f"{root}/version").json()["version"] == "3.6.21"
    assert httpx.get(f"{root}/nowhere").headers["content-type"].startswith("text/html")


def test_the_bots_address_shows_a_page_with_a_strict_policy(server):
    root = server.url.removesuffix("/webhooks/website")
    page = httpx.get(f"{root}/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "Hello from Rasa" not in page.text
    for escape in (
        "demo/%2e%2e/package.json",
        "demo/..%2fpackage.json",
        "widget/%2e%2e/package.json",
        "demo/../src/api.ts",
    ):
        assert httpx.get(f"{root}/{escape}").status_code == 404


def test_the_probes_say_that_the_bot_is_alive_and_may_be_sent_patients(server):
    root = server.url.removesuffix("/webhooks/website")
    assert httpx.get(f"{root}/live").json() == httpx.get(f"{root}/ready").json() == {"status": "ok"}


def test_health_says_that_all_is_ready(server):
    assert httpx.get(f"{server.url}/health").json() == {"status": "ok"}


def test_no_words_of_a_patient_lie_in_a_log_or_readable_on_disk(servers):
    chat = Chat(servers.one.url)
    chat.say(SECRET)
    chat.say(f"fail {SECRET}")
    chat.send(f"{SECRET} {'x' * 2500}")
    httpx.post(f"{servers.one.url}/message", content=f'{{"id": "{SECRET}', headers=chat.headers)
    for server in servers.everyone():
        assert not _holds(server.log, "Rosalind"), server.log.name
    files = [path for path in servers.one.data_dir.rglob("*") if path.is_file()]
    assert any(path.name == "conversations.db" for path in files)
    assert [path.name for path in files if _holds(path, "Rosalind")] == []
