/* The module memprof, as a program sees it. The same names as in memprof.py where it has them. */
#include "mpagent.h"
#include "py/mphal.h"
#include "py/objtype.h"
#include "py/runtime.h"
#include "py/stream.h"

static void start(uint32_t period_ms, mp_obj_t stream)
{
	if (!memprof_mp_may_start())
		mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("only in the main thread, not in an interrupt"));
	memprof_mp_start(period_ms, stream);
}

/* A stream that is written in Python would allocate in the middle of a snapshot; one that a soft reset frees unnoticed
 * would be written to later. */
static mp_obj_t checked_stream(mp_obj_t stream)
{
	if (stream == mp_const_none)
		return MP_OBJ_NULL;
	mp_get_stream_raise(stream, MP_STREAM_OP_WRITE);
	if (mp_obj_is_instance_type(mp_obj_get_type(stream)))
		mp_raise_TypeError(MP_ERROR_TEXT("stream must be a native one"));
	if (!(memprof_mp_try_hooks(true) & WIRE_REPORTS_GC))
		mp_raise_NotImplementedError(MP_ERROR_TEXT("no stream without hooks"));
	return stream;
}

static mp_obj_t mod_start(size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args)
{
	enum { ARG_period_ms, ARG_stream };
	static const mp_arg_t allowed[] = {
		{ MP_QSTR_period_ms, MP_ARG_INT, { .u_int = 1000 } },
		{ MP_QSTR_stream, MP_ARG_OBJ, { .u_rom_obj = MP_ROM_NONE } },
	};
	mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
	mp_arg_parse_all(n_args, pos_args, kw_args, MP_ARRAY_SIZE(allowed), allowed, args);
	if (args[ARG_period_ms].u_int < 0)
		mp_raise_ValueError(MP_ERROR_TEXT("period_ms is negative"));
	start((uint32_t)args[ARG_period_ms].u_int, checked_stream(args[ARG_stream].u_obj));
	return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(mod_start_obj, 0, mod_start);

static mp_obj_t mod_stop(void)
{
	memprof_mp_stop();
	return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(mod_stop_obj, mod_stop);

/* Without a start before: as start(0). */
static mp_obj_t mod_snapshot(void)
{
	if (!memprof_mp_is_running())
		start(0, MP_OBJ_NULL);
	return mp_obj_new_bool(memprof_mp_snapshot());
}
static MP_DEFINE_CONST_FUN_OBJ_0(mod_snapshot_obj, mod_snapshot);

/* Takes an argument and does nothing with it, so that it can be a timer's callback. */
static mp_obj_t mod_poll(size_t n_args, const mp_obj_t *args)
{
	(void)n_args;
	(void)args;
	return mp_obj_new_bool(memprof_mp_poll());
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(mod_poll_obj, 0, 1, mod_poll);

static mp_obj_t mod_mark(mp_obj_t label)
{
	size_t n_bytes;
	const char *text = mp_obj_str_get_data(label, &n_bytes);
	return mp_obj_new_bool(memprof_mp_mark(text, n_bytes));
}
static MP_DEFINE_CONST_FUN_OBJ_1(mod_mark_obj, mod_mark);

#if MEMPROF_SITES
static mp_obj_t mod_sites(size_t n_args, const mp_obj_t *args)
{
	mp_uint_t step = n_args ? (mp_uint_t)mp_obj_get_int(args[0]) : 1024;
	if (step > MEMPROF_SITES_STEP_MAX)
		mp_raise_ValueError(NULL);
	if (!memprof_mp_sees_sites())
		mp_raise_NotImplementedError(NULL);
	memprof_sites_start(&memprof_mp_sites, (uint32_t)step, (uint32_t)MEMPROF_NOW_US());
	if (n_args > 1 || !step)
		MP_STATE_VM(memprof_room) = n_args > 1 ? args[1] : MP_OBJ_NULL;
	return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(mod_sites_obj, 0, 2, mod_sites);
#endif

static void store(mp_obj_t dict, qstr name, mp_obj_t value) { mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(name), value); }

static mp_obj_t text(const char *string) { return MP_OBJ_NEW_QSTR(qstr_from_str(string)); }

static mp_obj_t mod_stats(void)
{
	static const uint16_t names[MEMPROF_MP_N_COUNTS] = {
		[MEMPROF_MP_SNAPSHOTS] = MP_QSTR_snapshots, [MEMPROF_MP_ABANDONED] = MP_QSTR_abandoned,
		[MEMPROF_MP_SKIPPED] = MP_QSTR_skipped,     [MEMPROF_MP_COLLECTIONS] = MP_QSTR_collections,
		[MEMPROF_MP_FAILURES] = MP_QSTR_failures,   [MEMPROF_MP_EVENTS_LOST] = MP_QSTR_events_lost,
	};
	uint32_t counts[MEMPROF_MP_N_COUNTS];
	memprof_mp_counts(counts);
	mp_obj_t ret = mp_obj_new_dict(3 + MEMPROF_MP_N_COUNTS);
	store(ret, MP_QSTR_running, mp_obj_new_bool(memprof_mp_is_running()));
	store(ret, MP_QSTR_called_by, text(memprof_mp_called_by()));
	store(ret, MP_QSTR_channel, text(memprof_mp_channel()));
	for (size_t i = 0; i < MEMPROF_MP_N_COUNTS; i++)
		store(ret, names[i], mp_obj_new_int_from_uint(counts[i]));
	return ret;
}
static MP_DEFINE_CONST_FUN_OBJ_0(mod_stats_obj, mod_stats);

static const mp_rom_obj_tuple_t wire_obj = {
	{ &mp_type_tuple },
	2,
	{ MP_ROM_INT(WIRE_MAJOR), MP_ROM_INT(WIRE_MINOR) },
};

static const mp_rom_map_elem_t globals_table[] = {
	{ MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_memprof) },
	{ MP_ROM_QSTR(MP_QSTR_start), MP_ROM_PTR(&mod_start_obj) },
	{ MP_ROM_QSTR(MP_QSTR_stop), MP_ROM_PTR(&mod_stop_obj) },
	{ MP_ROM_QSTR(MP_QSTR_snapshot), MP_ROM_PTR(&mod_snapshot_obj) },
	{ MP_ROM_QSTR(MP_QSTR_poll), MP_ROM_PTR(&mod_poll_obj) },
	{ MP_ROM_QSTR(MP_QSTR_mark), MP_ROM_PTR(&mod_mark_obj) },
	{ MP_ROM_QSTR(MP_QSTR_stats), MP_ROM_PTR(&mod_stats_obj) },
#if MEMPROF_SITES
	{ MP_ROM_QSTR(MP_QSTR_sites), MP_ROM_PTR(&mod_sites_obj) },
#endif
	{ MP_ROM_QSTR(MP_QSTR_WIRE), MP_ROM_PTR(&wire_obj) },
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t memprof_module = {
	.base = { &mp_type_module },
	.globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR_memprof, memprof_module);
MP_REGISTER_ROOT_POINTER(mp_obj_t memprof_stream);
#if MEMPROF_SITES
/* Room for the prompt: an object, until a small allocation fails (hooks.c). */
MP_REGISTER_ROOT_POINTER(mp_obj_t memprof_room);
#endif
