/* Names of WebREPLs. */
#include "source/webrepl/address.h"

#include "unit.h"

static void assert_address(const char *uri, const char *host, const char *port, const char *authority)
{
	struct webrepl_address address;
	struct diag diag = { .text = "" };

	if (webrepl_address_read(uri, &address, &diag) != 0)
		fail_msg("%s: %s", uri, diag.text);
	assert_string_equal(address.host, host);
	assert_string_equal(address.port, port);
	assert_string_equal(address.authority, authority);
}

UNIT_TEST(addresses)
{
	assert_address("ws:192.168.4.1", "192.168.4.1", "8266", "192.168.4.1:8266");
	assert_address("ws:board.local:80", "board.local", "80", "board.local:80");
	assert_address("ws://board/", "board", "8266", "board:8266");
	assert_address("ws://board:1234", "board", "1234", "board:1234");
	assert_address("ws:[::1]", "::1", "8266", "[::1]:8266");
	assert_address("ws://[fe80::1%eth0]:99/", "fe80::1%eth0", "99", "[fe80::1%eth0]:99");
}

UNIT_TEST(what_is_none)
{
	static const char *const bad[] = {
		"ws:",          "ws://",  "ws:///",  "ws::8266",        "ws:h:",        "ws:h:1:2",
		"ws:::1",       "ws:[]",  "ws:[::1", "ws:[::1]x",       "ws:[::1]8266", "ws:[::1]:",
		"ws://h/x",     "ws:h/x", "ws:h//",  "ws:h?password=x", "ws:h#x",       "ws:a b",
		"ws:h\r\nX: y", "ws:h\\", "ws:[h]]", "ws:h:8 0",        "ws:h:\1771",   "ws:[h]:[1]",
	};
	char host_too_long[300] = "ws:";
	struct webrepl_address address;

	for (size_t i = 0; i <= ARRAY_SIZE(bad); i++) {
		struct diag diag = { .text = "" };
		memset(host_too_long + 3, 'x', 256);
		assert_int_equal(webrepl_address_read(i < ARRAY_SIZE(bad) ? bad[i] : host_too_long, &address, &diag),
				 -EINVAL);
		assert_non_null(strstr(diag.text, "expected ws:HOST"));
	}
}

UNIT_TEST(passwords_are_refused_and_not_repeated)
{
	static const char *const bad[] = { "ws:user:secret@host", "ws://secret@host:8266/", "ws:@secret",
					   "ws://h/?a@secret" };
	struct webrepl_address address;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct diag diag = { .text = "" };
		assert_int_equal(webrepl_address_read(bad[i], &address, &diag), -EINVAL);
		assert_non_null(strstr(diag.text, "MEMPROF_WEBREPL_PASSWORD"));
		assert_null(strstr(diag.text, "secret"));
		assert_null(diag.at.file);
	}
}
