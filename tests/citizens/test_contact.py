from tests.citizens.people import send, only_ticket, texts


def test_smoke(client, council):
    r = send(client)
    assert r.status_code == 303, texts(r)
    got = client.get(r.location)
    print(texts(got))
    t = only_ticket()
    p = client.get("/suivi/" + t.tracking_token)
    print(texts(p))
    for u in ("/accessibilite", "/donnees-personnelles"):
        assert client.get(u).status_code == 200
    assert client.get("/").location == "/contact"
