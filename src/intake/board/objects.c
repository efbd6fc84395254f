/* Objects of a live board, read by the probe at its prompt, or by an agent that holds the program. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/intake/probe_ids.h"
#include "memprof/io/clock.h"
#include "memprof/live/agent_memory.h"
#include "memprof/live/memory_probe.h"
#include "memprof/wire.h"
#include "private.h"

enum { HOLDS_MAX = 3 };

/* As an outcome, with diag: of an error of the reader, or of what was read. */
static enum session_outcome fail(const struct memory_probe *probe, int error, struct diag *diag)
{
	if (error != -EIO && !diag->text[0])
		diag_set(diag, error, "%s", strerror(-error));
	if (error == -EIO && probe->outcome == SESSION_UNABLE)
		diag_set(diag, error,
			 "what came was not what was asked for; does something there print at the same time?");
	return error == -EIO ? probe->outcome : SESSION_UNABLE;
}

static enum session_outcome verify(struct objects *objects, struct memory_probe *probe, struct objects_freed *ret,
				   struct diag *diag)
{
	enum session_outcome outcome = memory_probe_collect(probe);
	int error = outcome == SESSION_DONE ? objects_freed(objects, &probe->reader, ret) : -EIO;

	return error < 0 ? fail(probe, error, diag) : SESSION_DONE;
}

/* By the probe, at a prompt. freed: NULL, or what a collection afterwards frees. */
static enum session_outcome read_prompt(struct session *s, struct objects_reading *ret, struct objects_freed *freed,
					struct diag *diag)
{
	struct memory_probe probe = { .session = NULL };
	uint64_t begun_us = clock_now_us();
	enum session_outcome outcome = memory_probe_begin(&probe, s, diag);
	size_t n;
	const char *exception = session_exception(s, &n);

	if (outcome == SESSION_NO_ROOM)
		diag_set(
			diag, -ENOMEM,
			"there is no contiguous room for what reads its memory, about 5 kB in several pieces: %.*s; free"
			" some, or halt the board by a GDB server (gdb:HOST:PORT)",
			(int)n, exception);
	if (outcome != SESSION_DONE)
		return outcome;
	struct interpreter_ids ids = probe_ids(&probe.hello);
	int error = objects_of_reader(&probe.reader, &ids, begun_us, ret, diag);
	ret->is_odd = error < 0 && error != -EIO;
	if (error < 0)
		outcome = fail(&probe, error, diag);
	else if (freed)
		outcome = verify(ret->objects, &probe, freed, diag);
	memory_probe_end(&probe);
	return outcome;
}

static struct interpreter_ids ids_of(const struct agent_memory *memory)
{
	const struct agent_held *held = &memory->held;

	return (struct interpreter_ids){
		.word_bytes = memory->reader.word_bytes,
		.id_modules = held->id_modules,
		.id_globals = held->id_globals,
		.id_type = held->id_type,
		.id_none = held->id_none,
		.id_len = held->id_len,
		.used_bytes = held->used_bytes,
		.free_bytes = NOT_KNOWN,
		.total_bytes = NOT_KNOWN,
		.stack_pointer = held->stack_pointer,
		/* The others are on the stack (memprof_mp_hold). */
		.registers = { held->stack_pointer },
		.n_registers = 1,
	};
}

/* By an agent that holds the program still meanwhile. */
static enum session_outcome read_agent(struct session *s, struct objects_reading *ret, struct diag *diag)
{
	struct agent_memory memory;
	uint64_t begun_us = clock_now_us(), held_us;
	enum session_outcome outcome = agent_memory_begin(&memory, s);

	if (outcome == SESSION_UNABLE || outcome == SESSION_TIME)
		diag_set(diag, -ENOTSUP, "its agent does not hold the program: is it still running?");
	if (outcome != SESSION_DONE)
		return session_is_over(outcome) ? outcome : SESSION_UNABLE;
	struct interpreter_ids ids = ids_of(&memory);
	int error = objects_of_reader(&memory.reader, &ids, begun_us, ret, diag);
	bool is_one_moment = agent_memory_end(&memory, &held_us);
	ret->went_on = !is_one_moment;
	if (!is_one_moment && error != -ENOMEM)
		error = diag_set(
			diag, -ETIME,
			"the program went on while its heap was read: the agent holds it for 5 s at most, and no"
			" longer than 0.5 s without a request; try again, or use a faster connection");
	else if (error == -EFAULT)
		diag_set(diag, error,
			 "its agent does not read what is at 0x%" PRIx64
			 "; its firmware says where its constants are by MEMPROF_ROM",
			 memory.address);
	else if (error == -EIO)
		diag_set(diag, error, "its agent does not answer any more");
	if (error == 0)
		session_notice(s, "note", "its agent held the program for %" PRIu64 " ms", held_us / 1000);
	return error == 0                                       ? SESSION_DONE :
	       error == -EIO && session_is_over(memory.outcome) ? memory.outcome :
								  SESSION_UNABLE;
}

bool objects_session_can(const struct session *s)
{
	return session_has_prompt(s) || session_talks(s) || session_agent_holds(s);
}

/* A busy computer may miss a turn; a connection that is too slow will be so again. */
static enum session_outcome read_held(struct session *s, struct objects_reading *ret, struct diag *diag)
{
	enum session_outcome outcome = read_agent(s, ret, diag);

	for (int n = 1;
	     n < HOLDS_MAX && outcome == SESSION_UNABLE && ret->went_on && ret->cost.us < WIRE_HOLD_ALL_MS * 1000;
	     n++) {
		objects_reading_deinit(ret);
		*diag = (struct diag){ 0 };
		outcome = read_agent(s, ret, diag);
	}
	return outcome;
}

enum session_outcome objects_of_session(struct session *s, struct objects_reading *ret, struct diag *diag)
{
	bool has_prompt = session_has_prompt(s) || session_talks(s);
	enum session_outcome outcome = has_prompt ? read_prompt(s, ret, NULL, diag) : read_held(s, ret, diag);

	bool is_odd = ret->is_odd;

	if (outcome != SESSION_DONE)
		objects_reading_deinit(ret);
	ret->is_odd = is_odd;
	return outcome;
}

/* As an error of the intake, after a notice. */
static int report(struct session *s, enum session_outcome outcome, const struct objects_reading *reading,
		  const struct diag *diag)
{
	if (outcome == SESSION_DONE)
		return 0;
	int error = session_report(s, outcome, diag->text);
	return reading->is_odd ? -EINVAL : error;
}

static int read_board(struct session *s, bool verifies, struct objects_reading *ret)
{
	struct diag diag = { 0 };
	enum session_outcome outcome = verifies ? read_prompt(s, ret, &ret->freed, &diag) :
						  objects_of_session(s, ret, &diag);

	ret->is_verified = verifies && outcome == SESSION_DONE;
	return report(s, outcome, ret, &diag);
}

int board_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	const struct session_handler handler = { .ctx = NULL };
	struct session_config config = *spec->session;
	enum session_outcome opened;
	struct session *s;

	config.protocol = SESSION_REPL;
	config.needs_prompt = true;
	config.agent_will_do = !spec->verifies;
	config.agent_abilities = WIRE_TAKES_REQUESTS | WIRE_CAN_READ | WIRE_CAN_HOLD;
	int error = session_open(&s, &config, &handler, &opened, diag);
	if (error < 0)
		return error;
	if (opened == SESSION_READY || (opened == SESSION_LISTENING && session_agent_talks(s)))
		error = read_board(s, spec->verifies, ret);
	else
		error = session_report(s, opened, NULL);
	if (error == 0 && session_recording_failed(s))
		error = -EIO;
	session_close(s);
	return error;
}
