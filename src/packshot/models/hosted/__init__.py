"""Models that others run and charge for, each through its maker's own client library.

    Desk        paid once: a stored answer, else reserve, ask, settle          desk.py
    Line        the way to one provider: tries, waits, circuit breaker, pace   line.py, pace.py
    Guard       the HTTP transport under every client: time, bytes, status     guard.py
    prices      what a call may cost and did cost                              prices.py, prices.yaml
    Connection  what the models of one provider share, and what they need      connection.py
    adapters    one per provider                             gemini.py openai.py groq.py huggingface.py

Retrying happens in Line and nowhere else: the clients' own loops are switched off.
"""
