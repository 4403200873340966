OK_FORMAT = True

test = {
    "name": "q4",
    "points": 10,
    "suites": [
        {
            "cases": [
                {
                    "code": ">>> import ecgbook\n"
                    ">>> verdict = ecgbook.check(\"ch07.q4\", attention_pool)\n"
                    ">>> assert verdict, verdict\n",
                    "hidden": False,
                    "locked": False,
                }
            ],
            "scored": True,
            "setup": "",
            "teardown": "",
            "type": "doctest",
        }
    ],
}
