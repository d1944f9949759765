"""As much of a browser as a sign-in needs: cookies by path, forms, redirects. No JavaScript."""

import re
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

ORIGIN = "http://localhost:8080"


class Browser:
    """Reaches ORIGIN at a port of loopback, with ORIGIN's host name, as through a front door."""

    def __init__(self, port: int) -> None:
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Host": urlsplit(ORIGIN).netloc},
            timeout=60,
            trust_env=False,
        )
        self.cookies: dict[str, tuple[str, str]] = {}
        self.visited: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._http.close()

    def open(
        self, address: str, data: dict[str, str] | None = None, *, method: str = ""
    ) -> httpx.Response:
        """One request, no redirect followed."""
        target = urlsplit(urljoin(ORIGIN, address))
        assert f"{target.scheme}://{target.netloc}" == ORIGIN, f"led to {address}"
        self.visited.append(target.path)
        sent = [f"{n}={v}" for n, (v, path) in self.cookies.items() if target.path.startswith(path)]
        answer = self._http.request(
            method or ("GET" if data is None else "POST"),
            f"{target.path}?{target.query}",
            data=data,
            headers={"Cookie": "; ".join(sent), "Origin": ORIGIN},
        )
        for line in answer.headers.get_list("set-cookie"):
            self._keep(line)
        return answer

    def follow(self, address: str, data: dict[str, str] | None = None) -> httpx.Response:
        """To the end of all redirects, and of "one moment" pages."""
        answer = self.open(address, data)
        for _ in range(400):
            if answer.is_redirect:
                address = urljoin(urljoin(ORIGIN, address), answer.headers["location"])
            elif not (answer.status_code == 503 and "retry-after" in answer.headers):
                return answer
            answer = self.open(address)
        raise AssertionError(f"no end: {self.visited[-10:]}")

    def submit(self, form: httpx.Response, **typed: str) -> httpx.Response:
        """The page's only form, with its hidden fields, to where it came from."""
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.text)
        fields = {name: value.replace("&amp;", "&") for name, value in hidden}
        return self.follow(str(form.request.url.raw_path.decode()), {**fields, **typed})

    def sign_in(self, username: str, password: str, *, query: str = "next=/") -> httpx.Response:
        form = self.follow(f"/oidc/authenticate/?{query}")
        assert "Password" in form.text, form.text[:500]
        return self.submit(form, username=username, password=password)

    def me(self) -> httpx.Response:
        return self.open("/api/v1/me")

    def sign_out(self) -> httpx.Response:
        token = self.cookies["__Host-datalab_csrf"][0]
        return self.follow("/oidc/logout/", {"csrfmiddlewaretoken": token})

    def _keep(self, line: str) -> None:
        pair, *attributes = line.split(";")
        name, _, value = pair.partition("=")
        options = {k.strip().lower(): v for k, _, v in (one.partition("=") for one in attributes)}
        if options.get("max-age") == "0":
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = (value, options.get("path", "/"))
