#include <assert.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/number.h"
#include "memprof/protocol/gdb.h"

enum {
	TRIES = 3,
	ESCAPE_XOR = 0x20,
	REPEAT_BASE = 29,
	NO_SUM = 0x100, /* no sum is as large: that of no digit is this, too */
};

/* ---- out ---- */

static void put(struct gdb *g, const char *bytes, size_t n)
{
	if (n > sizeof(g->out) - g->n_out)
		return; /* acknowledgements of a stub that floods: it sends again */
	memcpy(g->out + g->n_out, bytes, n);
	g->n_out += n;
}

void gdb_request(struct gdb *g, const char *text)
{
	uint8_t sum = 0;
	size_t n = strlen(text);

	assert(n <= GDB_REQUEST_MAX_BYTES);
	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + (uint8_t)text[i]);
	g->request[0] = '$';
	memcpy(g->request + 1, text, n);
	static const char digits[] = "0123456789abcdef";
	const char end[] = { '#', digits[sum >> 4], digits[sum & 15] };
	memcpy(g->request + 1 + n, end, sizeof(end));
	g->n_request = n + 1 + sizeof(end);
	g->n_again = 0;
	put(g, g->request, g->n_request);
}

void gdb_interrupt(struct gdb *g)
{
	const char ctrl_c = 3;

	if (g->n_out == sizeof(g->out))
		g->n_out--;
	memmove(g->out + 1, g->out, g->n_out);
	g->out[0] = ctrl_c;
	g->n_out++;
}

void gdb_sent(struct gdb *g, size_t n_bytes)
{
	memmove(g->out, g->out + n_bytes, g->n_out - n_bytes);
	g->n_out -= n_bytes;
}

/* ---- in ---- */

static void keep(struct gdb *g, uint8_t byte, size_t n_times)
{
	if (n_times > GDB_REPLY_MAX_BYTES - g->n_reply) {
		g->too_long = true;
		return;
	}
	memset(g->reply + g->n_reply, byte, n_times);
	g->n_reply += n_times;
}

/* "T05thread:01;", "S05"; the target ended: "W00", "X09". "OK" is a reply, "O" and hexadecimal digits are output of
 * the target. */
static bool is_stop(const struct gdb *g)
{
	const char *r = g->reply;

	return g->n_reply >= 3 && (r[0] == 'T' || r[0] == 'S' || r[0] == 'W' || r[0] == 'X') && digit_of(r[1]) < 16 &&
	       digit_of(r[2]) < 16;
}

static bool is_output(const struct gdb *g)
{
	return g->n_reply >= 3 && g->reply[0] == 'O' && digit_of(g->reply[1]) < 16;
}

static enum gdb_event end_packet(struct gdb *g)
{
	bool is_right = g->sum == g->sent_sum;

	g->state = GDB_BETWEEN;
	g->reply[g->n_reply] = '\0';
	if (g->is_note)
		return GDB_MORE;
	if (!g->no_acks && (is_right || g->n_damaged < TRIES))
		put(g, is_right ? "+" : "-", 1);
	if (!is_right)
		return !g->no_acks && g->n_damaged++ < TRIES ? GDB_MORE : GDB_DAMAGED;
	g->n_damaged = 0;
	if (g->too_long)
		return GDB_TOO_LONG;
	return is_output(g) ? GDB_MORE : is_stop(g) ? GDB_STOP : GDB_REPLY;
}

static void begin_packet(struct gdb *g, bool is_note)
{
	g->state = GDB_DATA;
	g->is_note = is_note;
	g->too_long = false;
	g->n_reply = 0;
	g->sum = 0;
}

static void feed_between(struct gdb *g, uint8_t byte)
{
	if (byte == '$' || byte == '%')
		begin_packet(g, byte == '%');
	else if (byte == '-' && !g->no_acks && g->n_again++ < TRIES)
		put(g, g->request, g->n_request);
}

static void feed_data(struct gdb *g, uint8_t byte)
{
	if (byte == '#') {
		g->state = GDB_SUM;
		return;
	}
	if (byte == '$') { /* never in data: the end of the packet before was lost */
		begin_packet(g, false);
		return;
	}
	g->sum = (uint8_t)(g->sum + byte);
	if (byte == '}')
		g->state = GDB_ESCAPED;
	else if (byte == '*' && g->n_reply > 0)
		g->state = GDB_REPEAT;
	else
		keep(g, byte, 1);
}

static enum gdb_event feed_byte(struct gdb *g, uint8_t byte)
{
	switch (g->state) {
	case GDB_BETWEEN:
		feed_between(g, byte);
		break;
	case GDB_DATA:
		feed_data(g, byte);
		break;
	case GDB_ESCAPED:
		g->sum = (uint8_t)(g->sum + byte);
		keep(g, byte ^ ESCAPE_XOR, 1);
		g->state = GDB_DATA;
		break;
	case GDB_REPEAT:
		g->sum = (uint8_t)(g->sum + byte);
		keep(g, (uint8_t)g->reply[g->n_reply - 1], byte > REPEAT_BASE ? (size_t)(byte - REPEAT_BASE) : 0);
		g->state = GDB_DATA;
		break;
	case GDB_SUM:
		g->sent_sum = digit_of((char)byte) << 4;
		g->state = GDB_SUM_LOW;
		break;
	case GDB_SUM_LOW:
		g->sent_sum = digit_of((char)byte) > 15 ? NO_SUM : g->sent_sum | digit_of((char)byte);
		return end_packet(g);
	}
	return GDB_MORE;
}

size_t gdb_feed(struct gdb *g, const uint8_t *bytes, size_t n, enum gdb_event *ret)
{
	*ret = GDB_MORE;
	for (size_t i = 0; i < n; i++) {
		*ret = feed_byte(g, bytes[i]);
		if (*ret != GDB_MORE)
			return i + 1;
	}
	return n;
}
