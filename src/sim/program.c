/* memprof-sim: a simulated board on standard input and output. memprof starts it for sources
 * sim:PROFILE. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#include "line.h"
#include "memprof/base/number.h"
#include "memprof/sim_main.h"
#include "memprof/sim_names.h"

enum {
	EXIT_USAGE = 2,
	READER_WAIT_MS = 20,     /* like the agent's channel (port.h) */
	BEHIND_MAX_US = 1000000, /* after a suspend of the machine the board does not catch up */
	IDLE_MAX_US = 200000,
	SILENCE_US = 50000, /* ends an incomplete frame of the host (extra.h) */
	SEED = 1,
};

struct options {
	const struct sim_profile *profile;
	uint32_t seed, period_ms;
	uint64_t n_snapshots; /* to end after; NOT_KNOWN: no end */
	bool fast;            /* in the board's time, without waiting or reading */
};

/* The host's end of the line. */
struct host {
	struct sim_line line;
	uint64_t read_us;      /* time of the last read */
	bool gone;             /* it has closed its end */
	bool waits_for_reader; /* without a limit */
};

/* ---- options ---- */

static void list_profiles(FILE *to)
{
	for (size_t i = 0; i < SIM_N_NAMES; i++)
		fprintf(to, "  %-10s %s\n", sim_names[i].name, sim_names[i].summary);
}

static int usage(FILE *to)
{
	fprintf(to,
		"usage: memprof-sim PROFILE[,seed=N][,period=MS] [--seed N] [--period MS]\n"
		"                   [--snapshots N] [--fast]\n\n"
		"Simulate a board with memprof's agent on standard input and output.\n"
		"  --seed N       seed of the random numbers of its program (default: %d)\n"
		"  --period MS    time between two snapshots (default: the profile's)\n"
		"  --snapshots N  exit after N snapshots\n"
		"  --fast         do not wait; the same seed gives the same output\n"
		"  --profiles     list the profiles\n\nprofiles:\n",
		SEED);
	list_profiles(to);
	return to == stdout ? EXIT_SUCCESS : EXIT_USAGE;
}

static bool number_between(const char *text, uint64_t low, uint64_t high, uint64_t *ret)
{
	return number_parse(text, ret) == 0 && *ret >= low && *ret <= high;
}

/* "seed", "7" */
static bool option_set(struct options *options, const char *name, const char *value)
{
	uint64_t number;

	if (strcmp(name, "seed") == 0 && number_between(value, 0, UINT32_MAX, &number))
		options->seed = (uint32_t)number;
	else if (strcmp(name, "period") == 0 && number_between(value, 10, 3600000, &number))
		options->period_ms = (uint32_t)number;
	else if (strcmp(name, "snapshots") == 0 && number_between(value, 1, UINT32_MAX, &number))
		options->n_snapshots = number;
	else
		return false;
	return true;
}

static bool profile_find(struct options *options, const char *name, size_t n_bytes)
{
	options->profile = n_bytes ? sim_profile_find(name, n_bytes) : &sim_profiles[0];
	if (options->profile)
		return true;
	fprintf(stderr, "memprof-sim: no simulated board '%.*s'; the boards are", (int)MIN(n_bytes, (size_t)40), name);
	for (size_t i = 0; i < SIM_N_NAMES; i++)
		fprintf(stderr, "%s %s", i == 0 ? "" : i + 1 < SIM_N_NAMES ? "," : " and", sim_names[i].name);
	fputc('\n', stderr);
	return false;
}

/* PROFILE[,name=value…] */
static bool profile_parse(struct options *options, const char *text)
{
	size_t n = strcspn(text, ",");

	if (!profile_find(options, text, n))
		return false;
	for (text += n; *text == ','; text += n) {
		char setting[48];
		n = strcspn(++text, ",");
		snprintf(setting, sizeof(setting), "%.*s", (int)MIN(n, sizeof(setting) - 1), text);
		char *value = strchr(setting, '=');
		if (value)
			*value++ = '\0';
		if (!value || n >= sizeof(setting) || !option_set(options, setting, value)) {
			fprintf(stderr,
				"memprof-sim: expected seed=N, period=MS (10 to 3600000) or snapshots=N,"
				" not '%.*s'\n",
				(int)MIN(n, sizeof(setting) - 1), text);
			return false;
		}
	}
	return true;
}

static bool options_parse(int argc, char **argv, struct options *ret)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--fast") == 0) {
			ret->fast = true;
		} else if (strncmp(argv[i], "--", 2) == 0 && i + 1 < argc &&
			   option_set(ret, argv[i] + 2, argv[i + 1])) {
			i++;
		} else if (argv[i][0] == '-' || ret->profile) {
			fprintf(stderr, "memprof-sim: unexpected argument '%.60s'\n", argv[i]);
			return false;
		} else if (!profile_parse(ret, argv[i])) {
			return false;
		}
	}
	if (!ret->profile)
		ret->profile = &sim_profiles[0];
	return true;
}

/* ---- in and out ---- */

static uint64_t wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Sends as much as possible without waiting. */
static void host_flush(struct host *host)
{
	const uint8_t *bytes;
	size_t n_bytes;

	while (!host->gone && (bytes = sim_line_next(&host->line, &n_bytes), n_bytes > 0)) {
		ssize_t n = write(STDOUT_FILENO, bytes, n_bytes);
		if (n > 0)
			sim_line_sent(&host->line, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			return;
		else if (n < 0 && errno != EINTR)
			host->gone = true;
	}
}

static bool host_make_room(void *ctx)
{
	struct host *host = ctx;
	size_t n_held = host->line.n_held;
	struct pollfd out = { STDOUT_FILENO, POLLOUT, 0 };

	host_flush(host);
	if (!host->gone && host->line.n_held == n_held &&
	    poll(&out, 1, host->waits_for_reader ? -1 : READER_WAIT_MS) > 0)
		host_flush(host);
	return host->line.n_held < n_held;
}

/* False at the end of the input. */
static bool read_host(struct sim_board *board, struct host *host)
{
	uint8_t bytes[512];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n > 0)
		sim_board_receive(board, bytes, (size_t)n);
	host->read_us = wall_us();
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Waits until something is due, or the host can be read or written. False at the end of the input. */
static bool wait_for_host(struct sim_board *board, struct host *host, uint64_t wait_us)
{
	struct pollfd fds[2] = {
		{ STDIN_FILENO, POLLIN, 0 },
		{ host->line.n_held ? STDOUT_FILENO : -1, POLLOUT, 0 },
	};

	if (poll(fds, 2, (int)((wait_us + 999) / 1000)) < 0)
		return errno == EINTR;
	if (fds[0].revents)
		return read_host(board, host);
	if (wall_us() - host->read_us > SILENCE_US)
		sim_board_silence(board);
	return true;
}

/* The board's time follows the machine's. */
static void run_live(struct sim_board *board, struct host *host, const struct options *options)
{
	uint64_t begin_us = wall_us() - board->now_ns / 1000;

	for (int i = 0; i < 2; i++)
		fcntl(i, F_SETFL, fcntl(i, F_GETFL) | O_NONBLOCK);
	while (!host->gone && board->n_snapshots < options->n_snapshots) {
		uint64_t now_us = wall_us() - begin_us;
		if (now_us > board->now_ns / 1000 + BEHIND_MAX_US) {
			begin_us += now_us - board->now_ns / 1000;
			now_us = board->now_ns / 1000;
		}
		sim_board_run(board, now_us);
		host_flush(host);
		uint64_t due_us = sim_board_due_us(board);
		if (!wait_for_host(board, host, due_us > now_us ? MIN(due_us - now_us, (uint64_t)IDLE_MAX_US) : 0))
			break;
	}
}

static void run_fast(struct sim_board *board, struct host *host, const struct options *options)
{
	while (!host->gone && board->n_snapshots < options->n_snapshots)
		sim_board_run(board, sim_board_due_us(board));
}

int sim_main(int argc, char **argv)
{
	static struct host host;
	struct options options = { .seed = SEED, .n_snapshots = NOT_KNOWN };
	struct sim_board board;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return usage(stdout);
		else if (strcmp(argv[i], "--profiles") == 0)
			return list_profiles(stdout), EXIT_SUCCESS;
	if (!options_parse(argc, argv, &options))
		return EXIT_USAGE;
	signal(SIGPIPE, SIG_IGN); /* write() fails, too */
	sim_line_init(&host.line, &options.profile->faults, options.seed);
	host.line.make_room = host_make_room;
	host.line.ctx = &host;
	host.waits_for_reader = options.fast;
	if (sim_board_init(&board, options.profile, options.seed, options.period_ms, sim_line_write, &host.line) < 0) {
		fprintf(stderr, "memprof-sim: out of memory\n");
		return EXIT_FAILURE;
	}
	if (options.fast)
		run_fast(&board, &host, &options);
	else
		run_live(&board, &host, &options);
	host_flush(&host);
	sim_board_deinit(&board);
	return EXIT_SUCCESS;
}
