"""A worker in Python, of its standard library alone: python3 examples/worker.py URL TOKEN [QUEUE ...]

URL is that of an exchange, https://…/exchange; TOKEN one with the scope `work`. See docs/exchange.md.
"""
import json, random, signal, socket, sys, threading, time, traceback, urllib.error, urllib.request, uuid

url, token, *queues = sys.argv[1:]
me = {"worker": f"python@{socket.gethostname()}~{uuid.uuid4().hex[:8]}", "lease": 30}
if queues:
    me["queues"] = queues


class Retry(Exception):
    """To be tried again after so many seconds."""


def count_words(text):
    return len(text.split())


def fetch_page(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return response.read().decode()
    except OSError as error:
        raise Retry(5) from error


tasks = {"count_words": count_words, "fetch_page": fetch_page}


def exchange(**turn):
    """Asks again until there is an answer: that is safe, since every turn may be repeated."""
    body = json.dumps({**me, **turn}).encode()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    for attempt in range(1000):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise SystemExit(f"{error.code}: {error.read().decode()}")
        except OSError as error:
            print(f"The exchange does not answer: {error}", file=sys.stderr)
        time.sleep(min(0.1 * 2**attempt, 5) * random.uniform(0.5, 1))


def run(delivery):
    lease, over = delivery["lease"], threading.Event()

    def renew():  # A third of the lease, so that two renewals may get lost.
        while not over.wait(10):
            exchange(limit=0, holds=[lease])

    threading.Thread(target=renew, daemon=True).start()
    try:
        return {"lease": lease, "result": tasks[delivery["task"]](*delivery["args"])}
    except Retry as error:
        return {"lease": lease, "retry": {"countdown": error.args[0]}, "error": repr(error.__cause__)}
    except Exception as error:  # Whether it is tried again is up to the task's options in the app.
        told = {"type": type(error).__name__, "message": str(error), "stack": traceback.format_exc()}
        return {"lease": lease, "error": told}
    finally:
        over.set()


signal.signal(signal.SIGTERM, signal.default_int_handler)  # It raises KeyboardInterrupt.
done = []
try:
    print(f"{me['worker']} takes {', '.join(tasks)}", flush=True)
    while True:  # One turn hands in what is done and brings what is next, as soon as there is something.
        done = [run(delivery) for delivery in exchange(wait=20, settlements=done)["deliveries"]]
except KeyboardInterrupt:
    exchange(leave=True, settlements=done)
