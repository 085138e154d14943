"""Facebook and X in a measurement of the hub: whatever they are asked, they answer at once.

`python -m tests.bench.platforms` prints its port and serves until it is stopped.
"""

import asyncio
import json
import sys
from itertools import count

from tests.bench.payloads import PAGE_ID

_numbers = count(1)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = head.lower().partition("content-length:")[2].partition("\r\n")[0]
        await reader.readexactly(int(length or 0))
        writer.write(_answer(head.partition(" ")[0]))
        await writer.drain()
    except (OSError, EOFError):
        pass  # whoever asked has gone
    finally:
        writer.close()


def _answer(method: str) -> bytes:
    """Something was posted, or here is a person or a publication with a name and a text."""
    number = next(_numbers)
    if method == "GET":
        said = {"from": {"id": PAGE_ID}, "message": "Nos cars.", "first_name": "Nolwenn"}
    else:
        said = {"id": f"122_99{number}", "message_id": f"m_out{number}", "recipient_id": "1"}
    body = json.dumps(said).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
