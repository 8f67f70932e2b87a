"""The offer of the documented create request of the DPS dialect."""

DOCUMENTED = {
    "name": "Test Fallback Offer DPS",
    "description": "Fallback Offer description",
    "status": "approved",
    "selectionConstraint": {
        "startDate": "2022-06-10T00:30:00.000+00:00",
        "endDate": "2032-06-06T23:29:21.402+00:00",
        "profileConstraintType": "none",
    },
    "representations": [
        {
            "components": [
                {"deliveryURL": "https://mysite.com", "type": "imagelink", "format": "image/png"}
            ],
            "channel": "https://ns.adobe.com/xdm/channel-types/web",
            "placement": "offerPlacement1234",
        }
    ],
    "rank": {"priority": 1},
}
