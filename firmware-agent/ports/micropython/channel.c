/* Where the frames go: the REPL's own stream, or a stream that was given to start(). A board may have another channel:
 * it defines memprof_channel_write() itself.
 *
 * Nothing here may run Python: a scheduled function would change the heap in the middle of a snapshot. So the USB stack
 * is run by hand, and not by mp_event_wait_ms() as in shared/tinyusb/mp_usbd_cdc.c. */
#include "mpagent.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/objtype.h"
#include "py/runtime.h"
#include "py/stream.h"

/* Builds with CMake look for qstrs here too, without TinyUSB's folders. */
#if MEMPROF_USB && !defined(NO_QSTR)
#if MICROPY_HW_ENABLE_USB_RUNTIME_DEVICE
#include "shared/tinyusb/mp_usbd.h"
#endif
#include "tusb.h"
#elif !MEMPROF_USB && defined(__unix__)
#include <poll.h>
#include <unistd.h>
#endif

/* The last frame did not go out in time: from then on nothing is waited for, until one does. */
static bool is_stuck;

bool memprof_mp_is_stuck(void) { return is_stuck; }

static uint32_t wait_us(void) { return is_stuck ? 0 : MEMPROF_WAIT_MS * 1000u; }

#if MEMPROF_USB

/* Drivers written in Python (machine.USBDevice) are called from the USB stack. */
static bool python_drives_usb(void)
{
#if MICROPY_HW_ENABLE_USB_RUNTIME_DEVICE
	const mp_obj_usb_device_t *device = MP_OBJ_TO_PTR(MP_STATE_VM(usbd));
	return device && device->active;
#else
	return false;
#endif
}

static bool write_usb(const uint8_t *frame, size_t n_bytes)
{
	const uint32_t begin = MEMPROF_NOW_US(), wait = wait_us();
	if (!tud_cdc_connected())
		return false;
	while (tud_cdc_write_available() < n_bytes) {
		if (python_drives_usb() || (uint32_t)(MEMPROF_NOW_US() - begin) >= wait)
			return false;
		tud_task_ext(0, false);
	}
	tud_cdc_write(frame, n_bytes);
	tud_cdc_write_flush();
	return true;
}

void memprof_mp_idle(void)
{
	if (!python_drives_usb())
		tud_task_ext(0, false);
}

bool memprof_mp_reader_is_new(void)
{
	static bool was_there;
	bool is_there = tud_cdc_connected(), is_new = is_there && !was_there;
	was_there = is_there;
	return is_new;
}

#define write_repl   write_usb
#define REPL_CHANNEL "usb"

#elif defined(__unix__)

static bool write_descriptor(const uint8_t *frame, size_t n_bytes)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
	if (poll(&out, 1, (int)(wait_us() / 1000)) != 1 || !(out.revents & POLLOUT))
		return false;
	return write(STDOUT_FILENO, frame, n_bytes) == (ssize_t)n_bytes;
}

#define write_repl   write_descriptor
#define REPL_CHANNEL "stdout"

#else

/* The terminals of os.dupterm; the name of 1.20 is the other one. */
#if defined(MICROPY_PY_OS_DUPTERM) && MICROPY_PY_OS_DUPTERM
#define N_TERMINALS MICROPY_PY_OS_DUPTERM
#elif defined(MICROPY_PY_UOS_DUPTERM) && MICROPY_PY_UOS_DUPTERM
#define N_TERMINALS MICROPY_PY_UOS_DUPTERM
#endif

/* Of more bytes at once some ports write without the GIL (esp32), and another thread would change the heap meanwhile.
 */
#if MICROPY_PY_THREAD_GIL
enum { PIECE_BYTES = 20 }; /* MICROPY_PY_STRING_TX_GIL_THRESHOLD, which has no name in 1.20 */
#else
enum { PIECE_BYTES = WIRE_FRAME_MAX_BYTES };
#endif

/* The USB of stm32 is such a terminal: half of its buffer is free, or its driver would wait 500 ms for each byte
 * (usbd_cdc_tx_always). One written in Python, such as a REPL over Bluetooth, would allocate: it never has room. */
static bool terminals_have_room(void)
{
#ifdef N_TERMINALS
	for (size_t i = 0; i < N_TERMINALS; i++) {
		mp_obj_t terminal = MP_STATE_VM(dupterm_objs[i]);
		if (terminal == MP_OBJ_NULL)
			continue;
		if (mp_obj_is_instance_type(mp_obj_get_type(terminal)))
			return false;
		int error = 0;
		const mp_stream_p_t *p = mp_get_stream(terminal);
		mp_uint_t answer = p->ioctl ? p->ioctl(terminal, MP_STREAM_POLL, MP_STREAM_POLL_WR, &error) :
					      MP_STREAM_ERROR;
		if (answer != MP_STREAM_ERROR && !(answer & MP_STREAM_POLL_WR))
			return false;
	}
#endif
	return true;
}

/* A UART always takes what it is given, at its own speed. */
static bool write_console(const uint8_t *frame, size_t n_bytes)
{
	const uint32_t begin = MEMPROF_NOW_US(), wait = wait_us();
	while (!terminals_have_room())
		if ((uint32_t)(MEMPROF_NOW_US() - begin) >= wait)
			return false;
	for (size_t i = 0; i < n_bytes; i += PIECE_BYTES)
		mp_hal_stdout_tx_strn((const char *)frame + i, MIN((size_t)PIECE_BYTES, n_bytes - i));
	return true;
}

#define write_repl   write_console
#define REPL_CHANNEL "stdout"

#endif

#if !MEMPROF_USB
void memprof_mp_idle(void) {}

bool memprof_mp_reader_is_new(void) { return false; }
#endif

MP_WEAK bool memprof_channel_write(const uint8_t *frame, size_t n_bytes) { return write_repl(frame, n_bytes); }

void memprof_mp_stream(mp_obj_t stream)
{
	MP_STATE_VM(memprof_stream) = stream;
	is_stuck = false;
}

const char *memprof_mp_channel(void) { return MP_STATE_VM(memprof_stream) ? "stream" : REPL_CHANNEL; }

/* A stream that cannot be asked for room is taken to have some: a file. */
static bool write_stream(mp_obj_t stream, const uint8_t *frame, size_t n_bytes)
{
	const mp_stream_p_t *p = mp_get_stream(stream);
	const uint32_t begin = MEMPROF_NOW_US(), wait = wait_us();
	size_t n_done = 0;
	do {
		int error = 0;
		mp_uint_t answer = p->ioctl ? p->ioctl(stream, MP_STREAM_POLL, MP_STREAM_POLL_WR, &error) :
					      MP_STREAM_ERROR;
		if (answer != MP_STREAM_ERROR && !(answer & MP_STREAM_POLL_WR))
			continue;
		answer = p->write(stream, frame + n_done, n_bytes - n_done, &error);
		if (answer == MP_STREAM_ERROR && !mp_is_nonblocking_error(error))
			return false;
		if (answer != MP_STREAM_ERROR)
			n_done += answer;
	} while (n_done < n_bytes && (uint32_t)(MEMPROF_NOW_US() - begin) < wait);
	return n_done == n_bytes;
}

static bool write_frame(const uint8_t *frame, size_t n_bytes)
{
	mp_obj_t stream = MP_STATE_VM(memprof_stream);
	return stream ? write_stream(stream, frame, n_bytes) : memprof_channel_write(frame, n_bytes);
}

/* What a driver raises while it waits ends here, with the frame; a Ctrl-C is the program's, and goes on to it. */
static void forward_interrupt(mp_obj_base_t *exception)
{
	if (!mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(exception->type), MP_OBJ_FROM_PTR(&mp_type_Exception)))
		mp_sched_exception(MP_OBJ_FROM_PTR(exception));
}

/* Drivers run what is scheduled while they wait; and a file may lie on a block device that is written in Python. The
 * locks keep both from changing the heap. */
bool memprof_mp_write(const uint8_t *frame, size_t n_bytes)
{
	nlr_buf_t nlr;
	bool written = false;
#if MICROPY_ENABLE_SCHEDULER
	mp_sched_lock();
#endif
	gc_lock();
	if (nlr_push(&nlr) == 0) {
		written = write_frame(frame, n_bytes);
		nlr_pop();
	} else {
		forward_interrupt(nlr.ret_val);
	}
	gc_unlock();
#if MICROPY_ENABLE_SCHEDULER
	mp_sched_unlock();
#endif
	is_stuck = !written;
	return written;
}
