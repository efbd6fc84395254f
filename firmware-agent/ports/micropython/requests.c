/* Requests of the host. They come where the REPL's input comes, and are taken out of it: before whoever reads input
 * sees them, and while nobody does. A frame begins with a zero, which no keyboard sends; its bytes are such that no
 * console acts on them (PROTOCOL.md, "Requests to the board"). What is typed stays, in its order. */
#include "mpagent.h"

#if MEMPROF_REQUESTS
#include "py/mphal.h"
#include "py/ringbuf.h"
#include "py/stream.h"

enum { SILENCE_MS = 2000 }; /* between two parts of a request: some are only found when the agent is called again */

static struct memprof_requests requests;
static uint32_t taken_ms; /* when the last byte was */

static void note_silence(void)
{
	if (memprof_mp_now_ms() - taken_ms > SILENCE_MS)
		memprof_requests_silence(&requests);
}

/* What READ may read: MicroPython's state, its heap, and the pools of the board; while the program is held, constants
 * and the stack, too. */
static void find_readable(uintptr_t stack)
{
	enum { RANGES_MAX = 14 };
	static struct memprof_range ranges[RANGES_MAX] = { { (uintptr_t)&mp_state_ctx, sizeof(mp_state_ctx) } };
	const struct memprof_pool *pool;
	struct memprof_area area;
	uint8_t n = 1;
#if MEMPROF_HOLD
	static const uintptr_t rom[][2] = { MEMPROF_ROM };
	_Static_assert(MP_ARRAY_SIZE(rom) + 3 <= RANGES_MAX, "MEMPROF_ROM has too many ranges");
	for (size_t i = 0; stack && i < MP_ARRAY_SIZE(rom); i++)
		ranges[n++] = (struct memprof_range){ rom[i][0], rom[i][1] - rom[i][0] };
	if (stack)
		ranges[n++] = (struct memprof_range){ stack, (uintptr_t)MP_STATE_THREAD(stack_top) - stack };
#else
	(void)stack;
#endif
	for (uint32_t i = 0; n < RANGES_MAX && memprof_mp_area(i, &area); i++) {
		/* Its tables lie before it, and before those its own state, but for the first one's (py/gc.c, gc_add).
		 */
		uintptr_t first = (uintptr_t)area.table - (i ? sizeof(mp_state_mem_area_t) : 0);
		ranges[n++] = (struct memprof_range){
			first,
			area.address - first + (uintptr_t)area.n_blocks * MICROPY_BYTES_PER_GC_BLOCK,
		};
	}
	for (uint32_t i = 0; n < RANGES_MAX && (pool = memprof_mp_pool(i)); i++)
		n += pool->where(pool, &ranges[n].address, &ranges[n].n_bytes) && ranges[n].address;
	requests.readable = ranges;
	requests.n_readable = n;
}

#if MEMPROF_HOLD
static bool take_next(uintptr_t stack);
#endif

static void do_request(void)
{
	find_readable(0);
	requests.can_hold = MEMPROF_HOLD;
	memprof_mp_do_request(&requests);
#if MEMPROF_HOLD
	if (requests.hold_asked)
		memprof_mp_hold(&requests, take_next);
#endif
}

/* Only the main thread, and only where what is asked can be answered: on the REPL's channel. */
static bool is_listening(void)
{
	return memprof_mp_is_running() && !MP_STATE_VM(memprof_stream) && memprof_mp_may_start();
}

#if MEMPROF_INPUT_BY_READ

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#if MICROPY_PY_THREAD && MICROPY_PY_THREAD_GIL
#error "MEMPROF_REQUESTS=1 on unix: it reads without the GIL, so other threads would change the heap in a snapshot"
#endif

ssize_t __real_read(int descriptor, void *bytes, size_t n_bytes);
int __real_poll(struct pollfd *descriptors, nfds_t n, int timeout_ms);
ssize_t __wrap_read(int descriptor, void *bytes, size_t n_bytes);
int __wrap_poll(struct pollfd *descriptors, nfds_t n, int timeout_ms);

/* Input that came between requests, until somebody reads it. */
static uint8_t input_bytes[MEMPROF_INPUT_BYTES];
static ringbuf_t input = { .buf = input_bytes, .size = sizeof(input_bytes) };

/* Takes the requests out of some input, and does them; the number of bytes that are left. */
static size_t filter(uint8_t *bytes, size_t n_bytes)
{
	size_t n_left = 0;
	note_silence();
	for (size_t i = 0; i < n_bytes; i++) {
		uint8_t byte = bytes[i];
		enum memprof_taken taken = memprof_requests_take(&requests, byte);
		if (taken == MEMPROF_NOT_TAKEN)
			bytes[n_left++] = byte;
		else
			taken_ms = memprof_mp_now_ms();
		if (taken == MEMPROF_WHOLE)
			do_request();
	}
	return n_left;
}

/* Whether input may be read before the program asks for it. Pipes and files are shared with children; of a terminal,
 * only its foreground may read, and lines are read whole, with their ends of file. */
static bool is_ours(void)
{
	struct termios terminal;
	return tcgetattr(STDIN_FILENO, &terminal) == 0 && !(terminal.c_lflag & ICANON) &&
	       tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static bool is_ready(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	return __real_poll(&in, 1, 0) == 1 && (in.revents & POLLIN);
}

/* Reads what waits; whether any of it belonged to a request. */
static bool receive(void)
{
	uint8_t bytes[32];
	bool any = false;
	while (ringbuf_free(&input) >= sizeof(bytes) && is_ours() && is_ready()) {
		ssize_t n_read = __real_read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n_read <= 0)
			break;
		size_t n = filter(bytes, (size_t)n_read);
		any |= n < (size_t)n_read;
		for (size_t i = 0; i < n; i++)
			ringbuf_put(&input, bytes[i]);
	}
	return any;
}

/* Once a millisecond, as the VM calls more often. */
bool memprof_mp_take_requests(void)
{
	static uint32_t last_ms;
	uint32_t now_ms = memprof_mp_now_ms();
	if (now_ms == last_ms || !is_listening())
		return false;
	last_ms = now_ms;
	return receive();
}

/* The REPL calls it, and sys.stdin. */
ssize_t __wrap_read(int descriptor, void *bytes, size_t n_bytes)
{
	uint8_t *at = bytes;
	ssize_t n_read;
	size_t n = 0;
	if (descriptor != STDIN_FILENO || !n_bytes)
		return __real_read(descriptor, bytes, n_bytes);
	while (n < n_bytes && ringbuf_avail(&input))
		at[n++] = (uint8_t)ringbuf_get(&input);
	while (!n) {
		n_read = __real_read(descriptor, bytes, n_bytes);
		if (n_read <= 0 || !is_listening())
			return n_read;
		n = filter(at, (size_t)n_read);
	}
	return (ssize_t)n;
}

/* Standard input among them, if its input is waited for. */
static struct pollfd *stdin_of(struct pollfd *descriptors, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++)
		if (descriptors[i].fd == STDIN_FILENO && (descriptors[i].events & POLLIN))
			return &descriptors[i];
	return NULL;
}

/* Requests are taken first, and are no input: a caller who reads next would block. */
int __wrap_poll(struct pollfd *descriptors, nfds_t n, int timeout_ms)
{
	struct pollfd *in = stdin_of(descriptors, n);
	uint32_t begin_ms = memprof_mp_now_ms();
	for (int left_ms = timeout_ms;;) {
		bool is_kept = in && ringbuf_avail(&input);
		int n_ready = __real_poll(descriptors, n, is_kept ? 0 : left_ms);
		if (n_ready < 0 || !in)
			return n_ready;
		if (!is_kept && in->revents == POLLIN && is_listening() && is_ours()) {
			receive();
			is_kept = ringbuf_avail(&input);
			if (!is_kept) {
				in->revents = 0;
				n_ready--;
			}
		}
		if (is_kept) {
			n_ready += !in->revents;
			in->revents |= POLLIN;
		}
		if (n_ready)
			return n_ready;
		uint32_t passed_ms = memprof_mp_now_ms() - begin_ms;
		if (timeout_ms >= 0 && passed_ms >= (uint32_t)timeout_ms)
			return 0;
		if (timeout_ms >= 0)
			left_ms = timeout_ms - (int)passed_ms;
	}
}

#else

int __real_mp_hal_stdin_rx_chr(void);
uintptr_t __real_mp_hal_stdio_poll(uintptr_t flags);
int __wrap_mp_hal_stdin_rx_chr(void);
uintptr_t __wrap_mp_hal_stdio_poll(uintptr_t flags);

/* The input that waits: the port's own buffer, or one for what its receiver is asked for. */
#ifdef MEMPROF_RX

static uint8_t input_bytes[MEMPROF_INPUT_BYTES];
static ringbuf_t input = { .buf = input_bytes, .size = sizeof(input_bytes) };

static void receive(void)
{
	for (int c = 0; ringbuf_free(&input) && (c = MEMPROF_RX()) >= 0;)
		ringbuf_put(&input, (uint8_t)c);
}

static int next(void)
{
	int c = ringbuf_get(&input);
	return c >= 0 ? c : __real_mp_hal_stdin_rx_chr();
}

static uintptr_t poll(uintptr_t flags)
{
	return __real_mp_hal_stdio_poll(flags) | (ringbuf_avail(&input) ? flags & MP_STREAM_POLL_RD : 0);
}

#else

extern ringbuf_t stdin_ringbuf;
#define input stdin_ringbuf

static void receive(void) {}

static int next(void) { return __real_mp_hal_stdin_rx_chr(); }

static uintptr_t poll(uintptr_t flags) { return __real_mp_hal_stdio_poll(flags); }

#endif

/* Each byte that waits goes round once, but for those of the first request. An interrupt may add some. */
static bool take_request(bool *ret_any)
{
	bool is_whole = false;
	mp_uint_t state = MICROPY_BEGIN_ATOMIC_SECTION();
	for (size_t n = ringbuf_avail(&input); n--;) {
		uint8_t c = (uint8_t)ringbuf_get(&input);
		enum memprof_taken taken = is_whole ? MEMPROF_NOT_TAKEN : memprof_requests_take(&requests, c);
		if (taken == MEMPROF_NOT_TAKEN)
			ringbuf_put(&input, c);
		else
			*ret_any = true;
		is_whole |= taken == MEMPROF_WHOLE;
	}
	MICROPY_END_ATOMIC_SECTION(state);
	(void)state;
	return is_whole;
}

#if MEMPROF_HOLD
static bool take_next(uintptr_t stack)
{
	bool any = false;
	receive();
	if (!take_request(&any))
		return false;
	find_readable(stack);
	return true;
}
#endif

/* One request a call, however many come. */
bool memprof_mp_take_requests(void)
{
	bool any = false;
	if (!is_listening())
		return false;
	receive();
	if (!ringbuf_avail(&input))
		note_silence();
	if (take_request(&any))
		do_request();
	if (any)
		taken_ms = memprof_mp_now_ms();
	return any;
}

int __wrap_mp_hal_stdin_rx_chr(void)
{
	for (;;) {
		bool was_waiting = ringbuf_avail(&input);
		int c = next();
		if (c < 0 || !is_listening())
			return c;
		if (!was_waiting)
			note_silence();
		enum memprof_taken taken = memprof_requests_take(&requests, (uint8_t)c);
		if (taken == MEMPROF_NOT_TAKEN)
			return c;
		taken_ms = memprof_mp_now_ms();
		if (taken == MEMPROF_WHOLE)
			do_request();
	}
}

/* Removes requests first: a caller who is told that input is ready would block on them. */
uintptr_t __wrap_mp_hal_stdio_poll(uintptr_t flags)
{
	enum { REQUESTS_MAX = 8 };
	uintptr_t ret = poll(flags);
	for (int i = 0; i < REQUESTS_MAX && (ret & MP_STREAM_POLL_RD) && memprof_mp_take_requests(); i++)
		ret = poll(flags);
	return ret;
}

#endif

#endif
