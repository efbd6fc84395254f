/* One direction of a channel: several transfers in flight, whose bytes keep their order. A halted endpoint is
 * cleared, and what did not go through is sent again; too many faults in a row, and the lane is broken. */
#ifndef MEMPROF_USB_LANE_H
#define MEMPROF_USB_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct libusb_device_handle;
struct libusb_transfer;

enum { USB_LANE_SLOTS = 16, USB_LANE_FAULTS_MAX = 5 };

enum usb_slot_state {
	SLOT_FREE,
	SLOT_AWAY, /* submitted */
	SLOT_BACK, /* and its bytes are still to be dealt with */
};

struct usb_slot {
	struct usb_lane *lane;
	struct libusb_transfer *transfer;
	uint8_t *bytes;
	size_t n_bytes; /* what came in, or is to go out */
	size_t n_done;  /* of these: handed on, or sent */
	enum usb_slot_state state;
};

struct usb_lane {
	struct libusb_device_handle *handle;
	uint8_t endpoint;
	size_t room_bytes; /* of a slot */
	struct usb_slot slots[USB_LANE_SLOTS];
	unsigned n_slots, i_first, n_used, n_away; /* a ring from the oldest slot on */
	unsigned n_faults;                         /* since a byte went through */
	bool mending, cancelled;
	bool gone; /* the device is, or so it seems */
};

/* 0 or -ENOMEM; deinit in both cases, also on all-zero. */
int usb_lane_init(struct usb_lane *lane, struct libusb_device_handle *handle, uint8_t endpoint, unsigned n_slots,
		  size_t room_bytes);
/* Only where nothing is away. */
void usb_lane_deinit(struct usb_lane *lane);
void usb_lane_cancel(struct usb_lane *lane);

/* From the device into a socket that does not block: begins at the first call. False once nobody reads there. */
bool usb_lane_receive(struct usb_lane *lane, int fd);
/* Whether bytes wait for the socket to take them. */
bool usb_lane_holds(const struct usb_lane *lane);

/* From a socket to the device. False once the socket has ended; what was read is still sent. */
bool usb_lane_send(struct usb_lane *lane, int fd);
/* Whether there is room for more. */
bool usb_lane_takes(const struct usb_lane *lane);

#endif
