"""Images, renditions and checks over HTTP: from a photograph's bytes to a finished picture and its receipt."""

from collections.abc import Iterator

import httpx
from photographed import bottle

from packshot.manifest import digest_of
from packshot.storage.codec import decode

SMALL = {"recipe": "marketplace-white", "size": [300, 300]}


def handed_in(service: httpx.Client, data: bytes, name: str = "bottle.png") -> str:
    answer = service.post("/api/v1/images", files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_photograph_is_handed_in_made_and_fetched(service: httpx.Client) -> None:
    data = bottle()
    answer = service.post("/api/v1/images", files={"file": ("Flasche ä.png", data)})
    image = answer.json()
    assert answer.headers["location"] == f"/api/v1/images/{image['id']}"
    assert (image["name"], image["asset"]) == ("Flasche ä.png", digest_of(data))
    assert service.get(image["links"]["file"]).content == data
    made = service.post("/api/v1/renditions", json={"image": image["id"], **SMALL}, headers={"Prefer": "wait=60"})
    job = made.json()
    assert (made.status_code, job["status"]) == (200, "done"), job
    file = service.get(job["links"]["file"])
    assert file.headers["content-type"] == "image/jpeg"
    assert decode(file.content).image.size == (300, 300)
    rendition = service.get(job["links"]["rendition"]).json()
    assert (rendition["image"], rendition["asset"]) == (image["id"], digest_of(file.content))
    manifest = service.get(rendition["links"]["manifest"]).json()
    assert manifest["output"]["digest"] == rendition["asset"]
    again = service.get(job["links"]["file"], headers={"If-None-Match": file.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    listed = service.get(image["links"]["renditions"]).json()
    assert [each["id"] for each in listed["items"]] == [rendition["id"]]
    report = service.post("/api/v1/checks", json={"rendition": rendition["id"], "profile": "amazon"})
    assert report.status_code == 200
    assert report.json()["result"]["report"]["profile"] == "amazon"


def test_the_same_bytes_are_the_same_image(service: httpx.Client) -> None:
    assert handed_in(service, bottle(50)) == handed_in(service, bottle(50), "again.png")


def test_images_come_in_pages_the_newest_first(service: httpx.Client) -> None:
    handed = [handed_in(service, bottle(60 + number)) for number in range(3)]
    first = service.get("/api/v1/images", params={"limit": 2}).json()
    assert [image["id"] for image in first["items"]] == handed[:0:-1]
    second = service.get("/api/v1/images", params={"limit": 2, "cursor": first["next"]}).json()
    assert second["items"][0]["id"] == handed[0]


def test_what_is_no_picture_is_refused_before_it_is_kept(service: httpx.Client) -> None:
    before = service.get("/api/v1/images").json()
    answer = service.post("/api/v1/images", files={"file": ("page.html", b"<html>hello</html>")})
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-image")
    assert service.get("/api/v1/images").json() == before


def test_a_form_without_a_file_says_how_to_send_one(service: httpx.Client) -> None:
    answer = service.post("/api/v1/images", files={"picture": ("a.png", bottle())})
    assert (answer.status_code, answer.json()["hint"]) == (400, "curl -F file=@photo.jpg")
    broken = service.post(
        "/api/v1/images", content=b"not a form", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code == 400
    none = service.post("/api/v1/images", content=b"", headers={"Content-Type": "multipart/form-data"})
    assert none.status_code == 400


def test_too_much_is_refused_by_its_length_and_while_it_comes(service: httpx.Client) -> None:
    large = bottle()[:100] + bytes(2_000_000)
    told = service.post("/api/v1/images", files={"file": ("large.png", large)})
    assert (told.status_code, told.json()["code"]) == (413, "image-too-large")

    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        for _ in range(40):
            yield bytes(100_000)

    untold = service.post(
        "/api/v1/images", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert untold.status_code == 413


def test_an_address_inside_the_network_is_not_asked(service: httpx.Client) -> None:
    for url in (
        "http://127.0.0.1:9/a.jpg",
        "http://[::1]/a.jpg",
        "http://169.254.169.254/latest",
        "http://0x7f000001/",
    ):
        answer = service.post("/api/v1/images", json={"url": url})
        assert (answer.status_code, answer.json()["code"]) == (422, "forbidden-url"), url


def test_a_name_with_a_path_or_a_header_in_it_is_only_a_name(service: httpx.Client) -> None:
    image = handed_in(service, bottle(90), "..\\..\\etc/passwd\r\nX-Evil: 1.png")
    shown = service.get(f"/api/v1/images/{image}").json()
    assert "/" not in shown["name"]
    answer = service.get(shown["links"]["file"])
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_what_is_not_there_is_a_problem(service: httpx.Client) -> None:
    for path in (
        "/api/v1/images/01234567-89ab-7def-8123-456789abcdef",
        "/api/v1/images/..%2f..%2fetc%2fpasswd",
        "/api/v1/images/x/file",
        "/api/v1/renditions/x/file",
        "/api/v1/recipes/no-such",
        "/api/v1/nothing",
    ):
        answer = service.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
