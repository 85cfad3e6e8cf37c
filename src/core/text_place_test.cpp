// SPDX-License-Identifier: Apache-2.0
#include "core/text_place.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace hapax {
namespace {

/// Names that analytics of shops, apps, videos and pages send.
constexpr std::array kNames{
    "Product Viewed",
    "Product Added",
    "Product Removed",
    "Product Clicked",
    "Product Shared",
    "Product Reviewed",
    "Products Searched",
    "Product List Viewed",
    "Product List Filtered",
    "Product Added to Wishlist",
    "Product Removed from Wishlist",
    "Wishlist Product Added to Cart",
    "Promotion Viewed",
    "Promotion Clicked",
    "Cart Viewed",
    "Cart Shared",
    "Checkout Started",
    "Checkout Step Viewed",
    "Checkout Step Completed",
    "Payment Info Entered",
    "Order Completed",
    "Order Updated",
    "Order Refunded",
    "Order Cancelled",
    "Coupon Entered",
    "Coupon Applied",
    "Coupon Denied",
    "Coupon Removed",
    "Application Installed",
    "Application Opened",
    "Application Updated",
    "Application Backgrounded",
    "Application Crashed",
    "Application Uninstalled",
    "Push Notification Received",
    "Push Notification Tapped",
    "Push Notification Bounced",
    "Install Attributed",
    "Deep Link Clicked",
    "Deep Link Opened",
    "Video Playback Started",
    "Video Playback Paused",
    "Video Playback Resumed",
    "Video Playback Completed",
    "Video Playback Interrupted",
    "Video Playback Exited",
    "Video Content Started",
    "Video Content Playing",
    "Video Content Completed",
    "Video Ad Started",
    "Video Ad Playing",
    "Video Ad Completed",
    "Email Opened",
    "Email Bounced",
    "Email Link Clicked",
    "Email Delivered",
    "Email Marked as Spam",
    "Unsubscribed",
    "Signed Up",
    "Signed In",
    "Signed Out",
    "Invite Sent",
    "Account Created",
    "Account Deleted",
    "Account Added User",
    "Account Removed User",
    "Trial Started",
    "Trial Ended",
    "page_view",
    "page_load",
    "page_exit",
    "button_click",
    "button_hover",
    "form_start",
    "form_submit",
    "form_error",
    "file_download",
    "session_start",
    "user_engagement",
    "first_visit",
    "first_open",
    "scroll_25",
    "scroll_50",
    "scroll_75",
    "scroll_90",
    "search",
    "select_item",
    "select_content",
    "view_item",
    "view_item_list",
    "view_cart",
    "view_promotion",
    "view_search_results",
    "add_to_cart",
    "add_to_wishlist",
    "add_payment_info",
    "add_shipping_info",
    "remove_from_cart",
    "begin_checkout",
    "purchase",
    "refund",
    "generate_lead",
    "login",
    "logout",
    "sign_up",
    "share",
    "join_group",
    "level_start",
    "level_end",
    "level_up",
    "post_score",
    "unlock_achievement",
    "tutorial_begin",
    "tutorial_complete",
    "earn_virtual_currency",
    "spend_virtual_currency",
};

std::size_t places_taken(std::size_t places) {
  std::set<std::size_t> taken;
  for (const std::string_view name : kNames) {
    taken.insert(text_place(name, places));
  }
  return taken.size();
}

// By chance they would take 93 of 256 places, and 31 of 32.
TEST(TextPlaceTest, NamesTakeAsManyPlacesAsByChance) {
  EXPECT_GE(places_taken(256), 90U);
  EXPECT_GE(places_taken(32), 30U);
}

TEST(TextPlaceTest, NamesThatDifferInOneCharacterSeldomMeet) {
  for (const std::string_view around : {"step_?", "step_?_done", "Video Quartile ? Reached", "?"}) {
    std::set<std::size_t> taken;
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string name(around);
      name[name.find('?')] = digit;
      taken.insert(text_place(name, 256));
    }
    EXPECT_GE(taken.size(), 9U) << around;
  }
}

TEST(TextPlaceTest, TheEmptyTextHasAPlace) {
  EXPECT_LT(text_place({}, 32), 32U);
}

}  // namespace
}  // namespace hapax
