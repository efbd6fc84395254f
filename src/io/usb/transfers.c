#define _DEFAULT_SOURCE
#include "usb/transfers.h"

#include <errno.h>
#include <libusb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_NS = 20 * 1000000 }; /* after a fault: an unplugged board is not reported as gone yet */

static struct usb_slot *slot_at(struct usb_lane *lane, unsigned i)
{
	return &lane->slots[(lane->i_first + i) % lane->n_slots];
}

static void free_first(struct usb_lane *lane)
{
	lane->slots[lane->i_first].state = SLOT_FREE;
	lane->i_first = (lane->i_first + 1) % lane->n_slots;
	lane->n_used--;
}

static void note_fault(struct usb_lane *lane)
{
	if (!lane->mending)
		lane->n_faults++;
	lane->mending = true;
}

static bool is_in(const struct usb_lane *lane) { return lane->endpoint & LIBUSB_ENDPOINT_IN; }

static void LIBUSB_CALL on_back(struct libusb_transfer *transfer)
{
	struct usb_slot *slot = transfer->user_data;
	struct usb_lane *lane = slot->lane;
	size_t n = transfer->actual_length > 0 ? (size_t)transfer->actual_length : 0;

	slot->state = SLOT_BACK;
	lane->n_away--;
	*(is_in(lane) ? &slot->n_bytes : &slot->n_done) += n;
	if (transfer->status == LIBUSB_TRANSFER_NO_DEVICE)
		lane->gone = true;
	else if (transfer->status == LIBUSB_TRANSFER_COMPLETED && n > 0)
		lane->n_faults = 0;
	else if (transfer->status != LIBUSB_TRANSFER_COMPLETED && transfer->status != LIBUSB_TRANSFER_CANCELLED)
		note_fault(lane);
	if (!is_in(lane) && transfer->status == LIBUSB_TRANSFER_COMPLETED && slot->n_done < slot->n_bytes)
		note_fault(lane); /* partly transferred */
}

/* Submits the rest of a slot. */
static void submit(struct usb_slot *slot)
{
	struct usb_lane *lane = slot->lane;
	uint8_t *from = is_in(lane) ? slot->bytes : slot->bytes + slot->n_done;
	size_t n = is_in(lane) ? lane->room_bytes : slot->n_bytes - slot->n_done;

	if (is_in(lane))
		slot->n_bytes = slot->n_done = 0;
	libusb_fill_bulk_transfer(slot->transfer, lane->handle, lane->endpoint, from, (int)n, on_back, slot, 0);
	int r = libusb_submit_transfer(slot->transfer);
	slot->state = r == 0 ? SLOT_AWAY : SLOT_BACK;
	if (r == 0)
		lane->n_away++;
	else if (r == LIBUSB_ERROR_NO_DEVICE)
		lane->gone = true;
	else
		note_fault(lane);
}

void usb_lane_cancel(struct usb_lane *lane)
{
	for (unsigned i = 0; i < lane->n_slots; i++)
		if (lane->slots[i].state == SLOT_AWAY)
			libusb_cancel_transfer(lane->slots[i].transfer);
}

/* Clears a halt, with nothing in flight, or the two sides would disagree on the order of data. True once it is cleared
 * and transfers can be submitted again. */
static bool mend(struct usb_lane *lane)
{
	const struct timespec pause = { 0, PAUSE_NS };

	if (!lane->cancelled)
		usb_lane_cancel(lane);
	lane->cancelled = true;
	if (lane->n_away > 0 || (is_in(lane) && lane->n_used > 0))
		return false;
	lane->mending = lane->cancelled = false;
	if (lane->n_faults > USB_LANE_FAULTS_MAX) {
		lane->gone = true;
		return false;
	}
	nanosleep(&pause, NULL);
	if (libusb_clear_halt(lane->handle, lane->endpoint) == LIBUSB_ERROR_NO_DEVICE)
		lane->gone = true;
	return !lane->gone;
}

/* ---- from the device ---- */

bool usb_lane_holds(const struct usb_lane *lane) { return lane->slots[lane->i_first].state == SLOT_BACK; }

/* Writes the oldest slot to the socket: 1 when complete, 0 if the socket is full, -1 if it is closed. */
static int write_slot(struct usb_slot *slot, int fd)
{
	while (slot->n_done < slot->n_bytes) {
		ssize_t n = send(fd, slot->bytes + slot->n_done, slot->n_bytes - slot->n_done,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		slot->n_done += (size_t)n;
	}
	return 1;
}

static void fill(struct usb_lane *lane)
{
	while (lane->n_used < lane->n_slots && !lane->mending && !lane->gone)
		submit(slot_at(lane, lane->n_used++));
}

bool usb_lane_receive(struct usb_lane *lane, int fd)
{
	while (lane->n_used > 0 && usb_lane_holds(lane)) {
		int r = write_slot(&lane->slots[lane->i_first], fd);
		if (r <= 0)
			return r == 0;
		free_first(lane);
		fill(lane);
	}
	if (!lane->gone && (!lane->mending || mend(lane)))
		fill(lane);
	return true;
}

/* ---- to the device ---- */

bool usb_lane_takes(const struct usb_lane *lane) { return lane->n_used < lane->n_slots && !lane->mending; }

static bool is_sent(const struct usb_slot *slot) { return slot->state == SLOT_BACK && slot->n_done == slot->n_bytes; }

static void send_again(struct usb_lane *lane)
{
	for (unsigned i = 0; i < lane->n_used && !lane->mending && !lane->gone; i++)
		if (!is_sent(slot_at(lane, i)))
			submit(slot_at(lane, i));
}

bool usb_lane_send(struct usb_lane *lane, int fd)
{
	if (lane->mending && !lane->gone && mend(lane))
		send_again(lane);
	while (lane->n_used > 0 && is_sent(slot_at(lane, 0)))
		free_first(lane);
	while (usb_lane_takes(lane) && !lane->gone) {
		struct usb_slot *slot = slot_at(lane, lane->n_used);
		ssize_t n = recv(fd, slot->bytes, lane->room_bytes, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		slot->n_bytes = (size_t)n;
		slot->n_done = 0;
		lane->n_used++;
		submit(slot);
	}
	return true;
}

/* ---- setup ---- */

int usb_lane_init(struct usb_lane *lane, struct libusb_device_handle *handle, uint8_t endpoint, unsigned n_slots,
		  size_t room_bytes)
{
	*lane = (struct usb_lane){ .handle = handle, .endpoint = endpoint, .room_bytes = room_bytes };
	for (unsigned i = 0; i < n_slots; i++) {
		struct usb_slot *slot = &lane->slots[lane->n_slots++];
		slot->lane = lane;
		slot->bytes = malloc(room_bytes);
		slot->transfer = libusb_alloc_transfer(0);
		if (!slot->bytes || !slot->transfer)
			return -ENOMEM;
	}
	return 0;
}

void usb_lane_deinit(struct usb_lane *lane)
{
	for (unsigned i = 0; i < lane->n_slots; i++) {
		libusb_free_transfer(lane->slots[i].transfer);
		free(lane->slots[i].bytes);
	}
	*lane = (struct usb_lane){ .n_slots = 0 };
}
