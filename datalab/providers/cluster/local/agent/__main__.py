"""`python -m datalab.providers.cluster.local.agent`: runs the tools of this machine.

Tools outlive it: a new agent finds them again and joins their networks anew.
"""

from datalab.providers.cluster.local.agent.zygote import fork_zygote

if __name__ == "__main__":
    ZYGOTE = fork_zygote()  # before anything large is imported: it stays this small

    from datalab.providers.cluster.local.agent.main import main

    raise SystemExit(main(*ZYGOTE))
