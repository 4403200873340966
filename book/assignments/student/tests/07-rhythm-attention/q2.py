OK_FORMAT = True

test = {
    "name": "q2",
    "points": 20,
    "suites": [
        {
            "cases": [
                {
                    "code": ">>> import ecgbook\n"
                    ">>> verdict = ecgbook.check(\"ch07.q2\", calls_fibrillation)\n"
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
