// SPDX-License-Identifier: Apache-2.0
#include "object_stores.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "adapters/folder_objects/folder_objects.hpp"
#include "adapters/s3/s3_objects.hpp"

namespace hapax {
namespace {

constexpr std::string_view kFolder = "file://";
constexpr std::string_view kBucket = "s3://";

/// Of what is behind "s3://".
S3Settings s3_settings(const Settings& settings, std::string_view place) {
  const std::size_t slash = std::min(place.find('/'), place.size());
  S3Settings s3;
  s3.bucket = place.substr(0, slash);
  s3.prefix = place.substr(std::min(slash + 1, place.size()));
  if (!s3.prefix.empty() && !s3.prefix.ends_with('/')) {
    s3.prefix += '/';
  }
  s3.endpoint = settings.cluster_objects_endpoint;
  s3.region = settings.cluster_objects_region;
  s3.credentials.access_key = settings.cluster_objects_access_key;
  s3.credentials.secret_key = settings.cluster_objects_secret_key;
  s3.ca_file = settings.cluster_objects_ca_file;
  return s3;
}

}  // namespace

Result<std::unique_ptr<PolledObjectStore>> open_objects(const Settings& settings, Storage& storage,
                                                        const Clock& clock, Random& random) {
  const std::string_view place = settings.cluster_objects;
  if (place.starts_with(kFolder)) {
    HAPAX_ASSIGN(auto objects,
                 FolderObjects::open(std::string(place.substr(kFolder.size())), storage, random));
    return std::unique_ptr<PolledObjectStore>(std::move(objects));
  }
  if (place.starts_with(kBucket)) {
    HAPAX_ASSIGN(auto objects, S3Objects::open(s3_settings(settings, place.substr(kBucket.size())),
                                               clock, random));
    return std::unique_ptr<PolledObjectStore>(std::move(objects));
  }
  return Error{
      ErrorKind::kInvalid,
      fmt::format("cluster.objects is \"{}\": owners of partitions keep their states there", place),
      "use \"s3://bucket/prefix\", or \"file:///folder\" where all processes are on one "
      "machine"};
}

}  // namespace hapax
