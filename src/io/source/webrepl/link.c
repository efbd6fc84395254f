#define _DEFAULT_SOURCE
#include "source/webrepl/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "memprof/base/number.h"
#include "memprof/io/random.h"

static void put_frame(struct webrepl_link *link, enum websocket_opcode opcode, const void *payload, size_t n)
{
	uint64_t number = random_number();
	uint8_t mask[4];

	memcpy(mask, &number, sizeof(mask));
	link->n_out = websocket_frame(opcode, mask, payload, n, link->out);
	link->i_out = 0;
}

static int send_rest(struct webrepl_link *link, int fd)
{
	while (link->i_out < link->n_out) {
		ssize_t n = send(fd, link->out + link->i_out, link->n_out - link->i_out, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? 1 : -1;
		link->i_out += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int webrepl_flush(struct webrepl_link *link, int fd)
{
	int r = send_rest(link, fd);

	if (r != 0 || !link->in.pong_due)
		return r;
	link->in.pong_due = false;
	put_frame(link, WEBSOCKET_PONG, link->in.pong, link->in.n_pong);
	return send_rest(link, fd);
}

ssize_t webrepl_write(struct webrepl_link *link, int fd, const void *bytes, size_t n_bytes)
{
	size_t n_taken = 0;
	int r;

	while ((r = webrepl_flush(link, fd)) == 0 && n_taken < n_bytes) {
		size_t n = MIN(n_bytes - n_taken, (size_t)WEBSOCKET_SEND_MAX_BYTES);
		put_frame(link, WEBSOCKET_TEXT, (const char *)bytes + n_taken, n);
		n_taken += n;
	}
	if (r > 0)
		errno = EAGAIN;
	return n_taken > 0 ? (ssize_t)n_taken : r == 0 ? 0 : -1;
}

/* A board sends the header of a frame and its payload apart (extmod/modwebsocket.c, websocket_write), and the payload
 * waits for the acknowledgement of the header, which Linux delays by 40 ms. It forgets this option. */
static void acknowledge_at_once(int fd)
{
#ifdef TCP_QUICKACK
	int yes = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
#else
	(void)fd;
#endif
}

/* Text is never longer than its frames. */
ssize_t webrepl_read(struct webrepl_link *link, int fd, void *bytes, size_t n_bytes)
{
	ssize_t n = recv(fd, bytes, n_bytes, 0);

	if (n <= 0)
		return n;
	acknowledge_at_once(fd);
	size_t n_text = websocket_take(&link->in, bytes, (size_t)n);
	bool is_over = link->in.fault || link->in.is_closed;
	if (is_over)
		shutdown(fd, SHUT_RD); /* so that poll() reports the end after this text */
	if (n_text > 0)
		return (ssize_t)n_text;
	if (is_over)
		return 0;
	errno = EAGAIN;
	return -1;
}

void webrepl_say_goodbye(struct webrepl_link *link, int fd)
{
	if (send_rest(link, fd) != 0)
		return;
	put_frame(link, WEBSOCKET_CLOSE, "", 0);
	send_rest(link, fd);
}
