#define _DEFAULT_SOURCE
#include "source/webrepl/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/clock.h"
#include "memprof/io/random.h"
#include "source/private.h"

enum { LOGIN_MS = 8000, TEXT_MAX_BYTES = 256 };

/* extmod/modwebrepl.c, 1.12 to 1.26. The prompt is printed whether or not there is one. */
static const char question[] = "Password: ", greeting[] = "WebREPL connected\r\n>>> ", refusal[] = "Access denied";

struct login {
	struct webrepl_link *link;
	int fd;
	uint64_t until_us;
	struct place at;
	struct diag *diag;
};

static int fail(const struct login *l, int error)
{
	return diag_at(l->diag, l->at, error, error == -EINTR ? "interrupted" : "the connection failed: %s",
		       strerror(-error));
}

static int await(const struct login *l, short events, const char *what)
{
	int r = source_await(l->fd, events, l->until_us);

	if (r == -ETIMEDOUT)
		return diag_at(l->diag, l->at, r,
			       "no %s in %d s; WebREPL serves one client at a time, and a program may keep it busy",
			       what, LOGIN_MS / 1000);
	return r < 0 ? fail(l, r) : 0;
}

/* One byte at a time, so that nothing is taken of the console. 1; 0 at the end; -EAGAIN: none that counts. */
static int take_byte(const struct login *l, char *ret, bool is_framed)
{
	ssize_t n = is_framed ? webrepl_read(l->link, l->fd, ret, 1) : recv(l->fd, ret, 1, 0);

	if (n < 0 && errno == ECONNRESET)
		return 0;
	return n >= 0 ? (int)n : errno == EINTR ? -EAGAIN : -errno;
}

/* The same, waiting for it. */
static int next_byte(const struct login *l, char *ret, bool is_framed, const char *what)
{
	for (;;) {
		int r = clock_now_us() < l->until_us ? take_byte(l, ret, is_framed) : -EAGAIN;
		if (r >= 0)
			return r;
		if (r != -EAGAIN)
			return fail(l, r);
		if (webrepl_flush(l->link, l->fd) < 0)
			return 0;
		r = await(l, POLLIN, what);
		if (r < 0)
			return r;
	}
}

static int send_all(const struct login *l, const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes;) {
		ssize_t n = send(l->fd, text + i, n_bytes - i, MSG_NOSIGNAL);
		int r = n < 0 && errno != EAGAIN && errno != EINTR ? fail(l, -errno) : 0;
		if (n < 0 && r == 0)
			r = await(l, POLLOUT, "room for the request");
		if (r < 0)
			return r;
		i += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static void make_key(char ret[WEBSOCKET_KEY_CHARS + 1])
{
	uint64_t numbers[2] = { random_number(), random_number() };
	uint8_t nonce[WEBSOCKET_NONCE_BYTES];

	memcpy(nonce, numbers, sizeof(nonce));
	websocket_key(nonce, ret);
}

/* ---- the upgrade ---- */

static int read_response(const struct login *l, const char *key)
{
	char text[WEBSOCKET_RESPONSE_MAX_BYTES];
	size_t n = 0;

	while (!websocket_response_ends(text, n)) {
		int r = n < sizeof(text) ?
				next_byte(l, text + n, false, "answer to the request for a WebSocket") :
				diag_at(l->diag, l->at, -EPROTO,
					"expected a WebREPL, found an answer with more than %d bytes of header",
					WEBSOCKET_RESPONSE_MAX_BYTES);
		if (r < 0)
			return r;
		if (r == 0)
			return diag_at(l->diag, l->at, n > 0 ? -EPROTO : -ECONNREFUSED,
				       "it closed the connection without an answer to the request for a WebSocket");
		n++;
	}
	return websocket_check_response(text, n, key, l->at, l->diag);
}

static int upgrade(const struct login *l, const char *authority)
{
	CLEANUP(strbuf_deinit) struct strbuf request = STRBUF_INIT;
	char key[WEBSOCKET_KEY_CHARS + 1];

	make_key(key);
	websocket_request(&request, authority, key);
	if (strbuf_error(&request))
		return diag_set(l->diag, -ENOMEM, "out of memory");
	int r = send_all(l, strbuf_text(&request), request.n_bytes);
	return r < 0 ? r : read_response(l, key);
}

/* ---- the password ---- */

static int fail_at(const struct login *l, const char *text, size_t n, const char *wanted)
{
	CLEANUP(strbuf_deinit) struct strbuf shown = STRBUF_INIT;

	text_visible(&shown, text, MIN(n, (size_t)60), false);
	return diag_at(l->diag, l->at, -EPROTO, "expected a WebREPL's '%s', found '%s'", wanted, strbuf_text(&shown));
}

static int report_end(const struct login *l, const char *text, size_t n, const char *wanted)
{
	if (l->link->in.fault)
		return diag_at(l->diag, l->at, -EPROTO, "expected a WebREPL, but %s", l->link->in.fault);
	if (n > 0)
		return fail_at(l, text, n, wanted);
	return diag_at(l->diag, l->at, -EBUSY,
		       "it closed the connection: WebREPL serves one client at a time, and another one is connected");
}

static bool ends_with(const char *text, size_t n_bytes, const char *end)
{
	size_t n = strlen(end);

	return n_bytes >= n && memcmp(text + n_bytes - n, end, n) == 0;
}

/* Takes text up to the end of wanted. */
static int await_text(const struct login *l, const char *wanted, const char *what)
{
	char text[TEXT_MAX_BYTES];
	size_t n = 0;

	while (!ends_with(text, n, wanted)) {
		if (n == sizeof(text))
			return fail_at(l, text, n, wanted);
		int r = next_byte(l, text + n, true, what);
		if (r < 0)
			return r;
		if (r == 0)
			return report_end(l, text, n, wanted);
		if (ends_with(text, ++n, refusal))
			return diag_at(l->diag, l->at, -EPERM, "it refused the password");
	}
	return 0;
}

static int give_password(const struct login *l)
{
	char line[WEBREPL_PASSWORD_MAX_BYTES + 1];
	size_t n = strlen(l->link->password);

	memcpy(line, l->link->password, n);
	line[n++] = '\r';
	ssize_t sent = webrepl_write(l->link, l->fd, line, n);
	explicit_bzero(line, sizeof(line));
	return sent < 0 ? fail(l, -errno) : 0; /* it is one frame; its rest goes with next_byte */
}

int webrepl_login(struct webrepl_link *link, int fd, const char *authority, struct place at, struct diag *diag)
{
	struct login l = { link, fd, clock_now_us() + LOGIN_MS * UINT64_C(1000), at, diag };
	int r = upgrade(&l, authority);

	if (r == 0)
		r = await_text(&l, question, "question for the password");
	if (r == 0)
		r = give_password(&l);
	return r == 0 ? await_text(&l, greeting, "answer to the password") : r;
}
