#pragma once
/// RSA keys of 1024 bits that guard nothing: PKCS #1 private keys in base64. Signatures made with
/// them are the same in every process, and cheap to verify.
#include <array>
#include <string_view>
namespace windlass::test {

constexpr std::array<std::string_view, 3> fixed_keys{
    "MIICXAIBAAKBgQCl4Augtr3g0TldTQKoGGI5OaG9MBmTcnjQ5zY7UHIiHH8WQBSXdqH+m3ElPs+f69DGASiB7xg/"
    "W2TwqILu6GPWexPLILc0ZfaTqRU0J60m1sPEHNf19IlbZF+HZXFHbWTRPCMinIknauBJxG80ss8iGKWHWg/YQnfm"
    "bPCiRqYtTwIDAQABAoGAUbyTPkCOVEgFAmq+UmKhlB1IC9e14qhXzGkCmjvL4e802Jv/CZvVu4aRPI809FLZb5iG"
    "g3Bz/FRm6we+bUdqWizuAvYVdP9XmCxh1jZ1mN1/u2bjMUSQZXcHpxfksvvctuV7JE77MtVH2MWJMR/9L2zgRild"
    "aehH+qSurB3JGFECQQDSco6e6k3XrJGQYMMEpWiTJb92sifRBnFYgCiW7rDYzlrj89o4CeGrNtLxBMoW+q8C+0+Z"
    "6X3uNLcWCdNUjfwtAkEAycee3djs7ETX8KQPSBFG63pvEwPDxZvaVtrNpeCIuCK0KLNd8Aj8FeuHXedT2S8Hr9W6"
    "zi8scvkjSPB5I2xw6wJAOT0BP4XY0D1Whh9bS4s1qzgMIFuKatbGw1xwLcUUApP1sqRjiPRfFbNeokE8Og3KxhPW"
    "bbVNFBnwZiUb/pZzrQJANHxHN5+QaRizLrYN/4n275OGRuTozILwtTzu1yHjjjoAsMGPQrujjrQYHvXoGosgLb2j"
    "fLRKlJF3eyaJ7AvuBwJBAIyoJRa4s/d8zyv1l44KeWjZNyNYk+XkGwpb+SM4Qk+YdcpMXDmGAYMVYcVJ5ageohL/"
    "Jthi+p/kiGYgAuzppuw=",
    "MIICWwIBAAKBgQC7Akb/2SKElshZ2RqXEKUU8Hp1NbuWmvlZuJelRYOeZ+O/AreHmAlPUALj3ksfO/cRtmZJB8FH"
    "rBeZfWInfSuOi5CvTc7QiZZmU5U+zu1cv8/xoq4gYjHAG77gTGo7HBFkIne6zzTtGgQk34G5dcNBxvnGeEnzOegw"
    "ZX77IUV1kwIDAQABAoGAYKoosQ83/HlETs0eJYABFPXJFtUThiHNSkdUe6WXB0aEPrPU0k4QYeLl24uIITkJ2SoD"
    "bTSI/9dAy6I4HllhLYYS/th99szTT0juz6mUlSSVeCHS0zYXiBPNA45fEx0KnLmWL5d2BLsefV1sY6Pa/0S+eqe9"
    "OtHuHjsPbpKFQEECQQDzYq8nUeTDItu9c2Hn/KQTXmm5KOMfO1zSlEavMGZF0FJIAjM3v27uWSJZf0SMgBychvzC"
    "L0UA4SQXtPABZra7AkEAxLOSGC8eqGtJzmaYvDn5JBDTk/QERmr9mq7KnkOVcrsd2jH93GWH9LB6OgDgdc1Sz9ea"
    "PJ6D6Pob+7U7/P0LCQJAWXLNWLAaWTU4eToso2wQiSXLyUcjodjZVnM0PzKUg9f6RYi5diWfCW4s16OUd+alnUln"
    "H57rx1T3RNc01e7//QJAW2m8loKnc8vQlBx4FNm4YDt1qIe5yOQGEfHzdhOgi55MJFAhU2DYCy5Mz1IC/pw6RR9E"
    "rbFZSleZ06OJSmxqyQJAUFZrx2oFdL1P+Vjnlg1J4LI6AtVSZ6QZJtPcpNHfcdQ9zuV2Y0R4EMqdwBWmAjrVA7h3"
    "mjdn3gKq5fXV0eGPJw==",
    "MIICWwIBAAKBgQCS19pYukAIn3LsaS91hC2CAuyvwuLogXqh2lSupTBQXMsF5CPXcnCqEL9bIvIXna8mp1/gncaK"
    "pzg3QnNno74xp42DJwYPqNOwYJduBp5lt3zGvrf30QuBg/+ARvvHNwwk1qUzT174PdbcYvdeX+90uBvY7BQldKGI"
    "LIYpmnCygwIDAQABAoGAR9GEfALT0KPTfGbRjGNSMpUll6z0d4zkIob7BdPK9nL75Oy4zuWszrCUNom35+76PCh+"
    "Twg7k5LHftdkRBskqLzFhKHX28eTov4l3o/uQ4Wf9X++WS4hr3xXXFM9xTUNtOrDM+kU4IFf5GLMqLTaCppT2U0r"
    "520Y+gI5YUC6EPECQQDDhGjs6Fr1cRnvMqPJgqSdvjfvVYy6PbjwQdttiWID97LsBDYdCZwAh3Pjl7DrOpaYM+4w"
    "iuO+DA20V5DqRNr5AkEAwETM42I+TSSjQWTxrdGyhIH4HjkcgN6G3qZjndtWgVnVlGcYdhAeSLpkliTHcNW+3pQZ"
    "RXVE3jP7p2WOvmi8WwJAYEZAIIAd4gQqYBWQfzacdqxnAKwgmsiv22aidSKUKB39dahxOQU1UzFfyG82h+4Wn6Xa"
    "oP6TPE7VJLuFuUXkiQJAXVQIMIfLvh5+sIuTVNBpWzDLg8AtOdDKnuEdkc6aWweESRkSIp0IVj1D/i20Me1PTTOO"
    "YMzftQx+p28ArySf6QJALwqra4Yht1sqKER6oJfcGZ7FwH0JG/ZU7mlvj3Dv9WI1yNfax2ji2QLlEAhZLt03qBjv"
    "rRkNqnjiATVWxpnlYw=="};
}  // namespace windlass::test
