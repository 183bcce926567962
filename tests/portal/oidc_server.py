"""An OpenID Connect server of an organisation, in a thread: it checks what the portal sends as strictly as a real one."""

import base64
import hashlib
import json
import secrets
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT_ID, CLIENT_SECRET = "portal", "a secret of both"
WELL_KNOWN = "/.well-known/openid-configuration"


@cache
def key_of(owner: str) -> rsa.RSAPrivateKey:
    """Made once: it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Organisation:
    """`person` is who is signed in there (claims about them), `token` changes claims of the token (None leaves one out),
    `userinfo` is what is said to the access token, `discovery` changes what the server says of itself."""

    def __init__(self) -> None:
        self.key = self.signs_with = key_of("organisation")
        self.algorithm = "RS256"
        self.person: dict = {}
        self.token: dict = {}
        self.userinfo: dict = {}
        self.discovery: dict = {}
        self.slow: set[str] = set()
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self.go_on = Event()
        self.codes: dict[str, dict] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def configuration(self) -> dict:
        own = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return own | self.discovery

    def authorize(self, query: dict) -> str:
        """Where the browser is sent with a code."""
        assert (query["client_id"], query["response_type"]) == (CLIENT_ID, "code")
        assert set(query["scope"].split()) == {"openid", "email"}
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, form: dict, authorization: str) -> dict:
        asked = self.codes.pop(form["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(
            b"="
        )
        assert challenge.decode() == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        assert (
            base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"{CLIENT_ID}:{CLIENT_SECRET}"
        )
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "7",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.token,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode(claims, self.signs_with, self.algorithm, headers={"kid": "1"})
        return {
            "access_token": "opens-userinfo",
            "token_type": "Bearer",
            "id_token": signed,
            "expires_in": 300,
        }

    def answer(self, path: str, form: dict, authorization: str) -> dict:
        if path == WELL_KNOWN:
            return self.configuration()
        if path == "/token":
            return self.exchange(form, authorization)
        if path == "/keys":
            return {
                "keys": [
                    {**RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True), "kid": "1", "use": "sig"}
                ]
            }
        assert (path, authorization) == ("/userinfo", "Bearer opens-userinfo")
        return {"sub": "7", **self.userinfo}

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                outer.asked.append(path)
                if path == "/authorize":
                    query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                    self.send_response(302)
                    self.send_header("Location", outer.authorize(query))
                    self.end_headers()
                    return
                length = int(self.headers.get("Content-Length", 0))
                form = {
                    name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()
                }
                if path in outer.slow:
                    outer.go_on.wait(30)
                if path in outer.broken:
                    body = b"<h1>Bad gateway</h1>"
                else:
                    body = json.dumps(
                        outer.answer(path, form, self.headers.get("Authorization", ""))
                    ).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *args: object) -> None:
                """Nothing: the tests' output is theirs."""

        return Handler
