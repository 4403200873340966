OK_FORMAT = True

test = {
    "name": "q6",
    "points": 10,
    "suites": [
        {
            "cases": [
                {
                    "code": ">>> import ecgbook\n"
                    ">>> verdict = ecgbook.check(\"ch07.q6\", hide)\n"
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
