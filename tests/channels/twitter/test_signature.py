import json

import pytest

from hub.channels.base import BadHandshake, BadSignature
from hub.channels.twitter.signature import answer_challenge, verify_delivery
from tests.channels.twitter.deliveries import SECRET, signed

BODY = (
    '{"for_user_id":"1710000000000000001","tweet_create_events":[{"id_str":"2090000000000000101",'
    '"text":"Transport déjà en retard 🚌"}]}'
).encode()
SIGNATURE = "sha256=wPJLHD9m7UPdG6yUlr4k9vDHDQ2Y7/KPYV8QzW0AOFo="
TOKEN = "NGYyZWE5MDUtYTk4My00"


def test_the_known_challenge_has_the_known_answer():
    assert answer_challenge(SECRET, {"crc_token": TOKEN}) == (
        '{"response_token":"sha256=AOhX2Xqc+pWZlKIP3a2KQCn+gHCl2hU3qDmN3fylXdU="}'
    )


def test_what_else_the_challenge_brings_is_passed_over():
    query = {"crc_token": TOKEN, "nonce": "MTU0"}

    assert answer_challenge(SECRET, query) == answer_challenge(SECRET, {"crc_token": TOKEN})


@pytest.mark.parametrize("query", [{}, {"crc_token": ""}, {"CRC_TOKEN": TOKEN}])
def test_without_a_token_there_is_nothing_to_answer(query):
    with pytest.raises(BadHandshake):
        answer_challenge(SECRET, query)


def test_without_a_secret_no_challenge_is_answered():
    with pytest.raises(BadHandshake, match="TWITTER_CONSUMER_SECRET"):
        answer_challenge("", {"crc_token": TOKEN})


def test_an_answer_would_sign_a_delivery_of_the_same_bytes():
    """Why not every challenge is answered: X signs both alike."""
    answer = json.loads(answer_challenge(SECRET, {"crc_token": TOKEN}))
    headers = {"x-twitter-webhooks-signature": answer["response_token"]}

    verify_delivery([SECRET], headers, TOKEN.encode())


@pytest.mark.parametrize(
    "token", [BODY.decode(), '{"for_user_id":"1"}', "{}", "[]", '"a"', "a b", "é", "a" * 201, "a\n"]
)
def test_a_challenge_that_could_sign_a_delivery_is_not_answered(token):
    with pytest.raises(BadHandshake):
        answer_challenge(SECRET, {"crc_token": token})


def test_the_known_body_has_the_known_signature():
    assert len(BODY) == 135
    verify_delivery([SECRET], {"X-Twitter-Webhooks-Signature": SIGNATURE}, BODY)


def test_the_name_of_the_header_may_be_written_in_any_case():
    verify_delivery([SECRET], {"x-TWITTER-webhooks-signature": SIGNATURE}, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twitter-Webhooks-Signature": ""},
        {"X-Twitter-Webhooks-Signature": SIGNATURE.removeprefix("sha256=")},
        {"X-Twitter-Webhooks-Signature": SIGNATURE.replace("wPJ", "wPj")},
        {"X-Twitter-Webhooks-Signature": SIGNATURE + "="},
        {"X-Twitter-Webhooks-Signature": SIGNATURE.upper()},
        {"X-Twitter-Webhooks-Signature": "sha256=é\udce9"},
        {"X-Twitter-Webhooks-Signature-256": SIGNATURE},
        {"X-Hub-Signature-256": SIGNATURE},
    ],
)
def test_any_other_signature_is_refused(headers):
    with pytest.raises(BadSignature):
        verify_delivery([SECRET], headers, BODY)


def test_the_same_json_in_other_bytes_is_refused():
    rewritten = json.dumps(json.loads(BODY)).encode()

    with pytest.raises(BadSignature):
        verify_delivery([SECRET], {"X-Twitter-Webhooks-Signature": SIGNATURE}, rewritten)


def test_a_signature_in_hexadecimal_is_refused():
    mac = "c0f24b1c3f66ed43dd1bac9496be24f6f0c70d0d98eff28f615f10cd6d00385a"

    with pytest.raises(BadSignature):
        verify_delivery([SECRET], {"X-Twitter-Webhooks-Signature": f"sha256={mac}"}, BODY)


def test_while_secrets_change_both_are_accepted_and_no_third():
    verify_delivery(["new", "old"], signed(BODY, "new"), BODY)
    verify_delivery(["new", "old"], signed(BODY, "old"), BODY)
    with pytest.raises(BadSignature):
        verify_delivery(["new", "old"], signed(BODY, "older"), BODY)


def test_without_a_secret_every_delivery_is_refused():
    with pytest.raises(BadSignature):
        verify_delivery([], signed(BODY, ""), BODY)
