/* Finds the serial channels of a USB device in its descriptors: functions of the class CDC-ACM (usb.org: CDC 1.2,
 * PSTN 1.2; USB 2.0 chapter 9). All lengths and numbers in descriptors are checked. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	USB_CDC_MAX = 8, /* functions of one device; more are ignored */
	USB_DESCRIPTORS_MAX_BYTES = 65536,
	USB_PACKET_MAX_BYTES = 1024, /* of a bulk endpoint at any speed */
};

struct usb_cdc {
	bool has_control;                           /* a communications interface, for requests about the line */
	uint8_t control;                            /* its bInterfaceNumber; without one, that of the data interface */
	uint8_t data, data_setting;                 /* bInterfaceNumber and bAlternateSetting of the two endpoints */
	uint8_t in, out;                            /* bEndpointAddress of bulk endpoints */
	uint16_t in_packet_bytes, out_packet_bytes; /* 1 to USB_PACKET_MAX_BYTES */
};

/* The functions of a configuration, in the order of their first interfaces; returns their number. The data interface of
 * a communications interface is that of its union descriptor; else one of the same association, or the following one;
 * else any other of class 10 with a bulk endpoint in each direction. Without any communications interface, such data
 * interfaces alone are used. A truncated or invalid descriptor ends the reading; those before it count. O(n_bytes). */
size_t usb_cdc_find(const uint8_t *config, size_t n_bytes, struct usb_cdc ret[USB_CDC_MAX]);

/* The configuration with this bConfigurationValue in a device's descriptors: the device descriptor, followed by all
 * configurations (sysfs: "descriptors"). NULL if there is none; it may be truncated. */
const uint8_t *usb_config_find(const uint8_t *descriptors, size_t n_bytes, uint8_t value, size_t *ret_n_bytes);
