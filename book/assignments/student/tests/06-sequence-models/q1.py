OK_FORMAT = True

test = {
    "name": "q1",
    "points": 10,
    "suites": [
        {
            "cases": [
                {
                    "code": ">>> import ecgbook\n"
                    ">>> verdict = ecgbook.check(\"ch06.q1\", reach)\n"
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
