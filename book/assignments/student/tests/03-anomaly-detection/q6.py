OK_FORMAT = True

test = {
    "name": "q6",
    "points": 15,
    "suites": [
        {
            "cases": [
                {
                    "code": ">>> import ecgbook\n"
                    ">>> verdict = ecgbook.check(\"ch03.q6\", beats_or_patients)\n"
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
