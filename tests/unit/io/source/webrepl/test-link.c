/* Frames over a socket that takes and gives what it likes. */
#include "source/webrepl/link.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

struct pair {
	struct webrepl_link link;
	int ours, theirs;
};

static void pair_init(struct pair *p)
{
	int ends[2], size_bytes = 1;

	memset(p, 0, sizeof(*p));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	p->ours = ends[0];
	p->theirs = ends[1];
	fcntl(p->ours, F_SETFL, O_NONBLOCK);
	setsockopt(p->ours, SOL_SOCKET, SO_SNDBUF, &size_bytes, sizeof(size_bytes)); /* the least there is */
}

static void pair_deinit(struct pair *p)
{
	close(p->ours);
	close(p->theirs);
}

/* The payload of the next frame, unmasked. */
static size_t next_frame(struct pair *p, uint8_t opcode, char ret[WEBSOCKET_SEND_MAX_BYTES])
{
	uint8_t head[6];

	assert_int_equal(recv(p->theirs, head, sizeof(head), MSG_WAITALL), sizeof(head));
	assert_int_equal(head[0], 0x80 | opcode);
	assert_true(head[1] & 0x80);
	size_t n = head[1] & 0x7f;
	assert_true(n <= WEBSOCKET_SEND_MAX_BYTES);
	if (n > 0)
		assert_int_equal(recv(p->theirs, ret, n, MSG_WAITALL), n);
	for (size_t i = 0; i < n; i++)
		ret[i] = (char)(ret[i] ^ head[2 + (i & 3)]);
	return n;
}

UNIT_TEST(text_goes_in_short_frames)
{
	char text[300], got[WEBSOCKET_SEND_MAX_BYTES];
	struct pair p;

	pair_init(&p);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	assert_int_equal(webrepl_write(&p.link, p.ours, text, sizeof(text)), sizeof(text));
	for (size_t i = 0; i < sizeof(text);) {
		size_t n = next_frame(&p, WEBSOCKET_TEXT, got);
		assert_int_equal(n, MIN((size_t)125, sizeof(text) - i));
		assert_memory_equal(got, text + i, n);
		i += n;
	}
	assert_int_equal(webrepl_write(&p.link, p.ours, "", 0), 0);
	pair_deinit(&p);
}

/* Frames are whole, whatever part of one the socket takes, and nothing is lost or sent twice. */
UNIT_TEST(a_full_socket)
{
	char text[1000], got[WEBSOCKET_SEND_MAX_BYTES];
	size_t n_sent = 0, n_got = 0;
	struct pair p;
	ssize_t n;

	pair_init(&p);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	while ((n = webrepl_write(&p.link, p.ours, text, sizeof(text))) > 0)
		n_sent += (size_t)n;
	assert_int_equal(n, -1);
	assert_int_equal(errno, EAGAIN);
	while (n_got < n_sent) {
		n_got += next_frame(&p, WEBSOCKET_TEXT, got);
		webrepl_flush(&p.link, p.ours);
	}
	assert_int_equal(n_got, n_sent);
	assert_int_equal(webrepl_flush(&p.link, p.ours), 0);
	assert_int_equal(webrepl_write(&p.link, p.ours, "x", 1), 1);
	pair_deinit(&p);
}

UNIT_TEST(pings_are_answered)
{
	char bytes[16], got[WEBSOCKET_SEND_MAX_BYTES];
	struct pair p;

	pair_init(&p);
	assert_int_equal(send(p.theirs, "\x89\2hi", 4, 0), 4);
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, sizeof(bytes)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(webrepl_flush(&p.link, p.ours), 0);
	assert_int_equal(next_frame(&p, WEBSOCKET_PONG, got), 2);
	assert_memory_equal(got, "hi", 2);
	assert_int_equal(webrepl_flush(&p.link, p.ours), 0); /* once */
	webrepl_say_goodbye(&p.link, p.ours);
	assert_int_equal(next_frame(&p, WEBSOCKET_CLOSE, got), 0);
	pair_deinit(&p);
}

UNIT_TEST(text_is_read)
{
	char bytes[16];
	struct pair p;

	pair_init(&p);
	struct pollfd end = { p.ours, POLLIN, 0 };
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(send(p.theirs, "\x81\4>>> \x81\1", 8, 0), 8);
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, sizeof(bytes)), 4);
	assert_memory_equal(bytes, ">>> ", 4);
	assert_int_equal(send(p.theirs, "x\x88\0", 3, 0), 3);
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, sizeof(bytes)), 1);
	assert_int_equal(poll(&end, 1, 10000), 1); /* and nothing more was sent */
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, sizeof(bytes)), 0);
	pair_deinit(&p);
}

UNIT_TEST(faults_and_the_end)
{
	char bytes[16];
	struct pair p;

	pair_init(&p);
	assert_int_equal(send(p.theirs, "\x81\1x\xff", 4, 0), 4);
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, sizeof(bytes)), 1);
	assert_null(p.link.in.fault); /* half a header */
	assert_int_equal(send(p.theirs, "\xff", 1, 0), 1);
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, sizeof(bytes)), 0);
	assert_non_null(p.link.in.fault);
	close(p.theirs);
	assert_int_equal(webrepl_read(&p.link, p.ours, bytes, sizeof(bytes)), 0);
	assert_int_equal(webrepl_write(&p.link, p.ours, "x", 1), 1); /* taken, and found out when it is sent */
	assert_int_equal(webrepl_write(&p.link, p.ours, "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	webrepl_say_goodbye(&p.link, p.ours);
	close(p.ours);
}
