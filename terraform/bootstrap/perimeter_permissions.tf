# What the plan and apply identities need besides, once the pipeline has a load balancer or a network of
# its own (network_perimeter). A call's permissions are Google's (the method's page, "IAM Permissions":
# https://cloud.google.com/compute/docs/reference/rest/v1, https://cloud.google.com/dns/docs/access-control);
# which calls are made is the provider's source. No machine, disk or image is among them, no metadata,
# no peering, and nothing that says who may do what.
locals {
  perimeter_permissions = [
    # The load balancer's services. setSecurityPolicy is a call of its own; `use` is asked of whatever a
    # new resource refers to: a policy, a group, an address, a URL map, a proxy.
    "compute.backendServices.create",
    "compute.backendServices.delete",
    "compute.backendServices.get",
    "compute.backendServices.setSecurityPolicy",
    "compute.backendServices.update",
    "compute.backendServices.use",
    # A firewall rule and a route also change their network's policy (networks.updatePolicy).
    "compute.firewalls.create",
    "compute.firewalls.delete",
    "compute.firewalls.get",
    "compute.firewalls.update",
    # setLabels: the provider labels what it made, in a second call.
    "compute.globalAddresses.create",
    "compute.globalAddresses.delete",
    "compute.globalAddresses.get",
    "compute.globalAddresses.setLabels",
    "compute.globalAddresses.use",
    "compute.globalForwardingRules.create",
    "compute.globalForwardingRules.delete",
    "compute.globalForwardingRules.get",
    "compute.globalForwardingRules.setLabels",
    # Each change is waited for.
    "compute.globalOperations.get",
    "compute.networks.create",
    "compute.networks.delete",
    "compute.networks.get",
    "compute.networks.updatePolicy",
    "compute.regionNetworkEndpointGroups.create",
    "compute.regionNetworkEndpointGroups.delete",
    "compute.regionNetworkEndpointGroups.get",
    "compute.regionNetworkEndpointGroups.use",
    "compute.regionOperations.get",
    # list and delete: the provider looks for a new network's default routes and takes them away.
    "compute.routes.create",
    "compute.routes.delete",
    "compute.routes.get",
    "compute.routes.list",
    "compute.securityPolicies.create",
    "compute.securityPolicies.delete",
    "compute.securityPolicies.get",
    "compute.securityPolicies.setLabels",
    "compute.securityPolicies.update",
    "compute.securityPolicies.use",
    "compute.sslCertificates.create",
    "compute.sslCertificates.delete",
    "compute.sslCertificates.get",
    "compute.sslPolicies.create",
    "compute.sslPolicies.delete",
    "compute.sslPolicies.get",
    "compute.sslPolicies.update",
    "compute.sslPolicies.use",
    "compute.subnetworks.create",
    "compute.subnetworks.delete",
    # subnet_range may grow.
    "compute.subnetworks.expandIpCidrRange",
    "compute.subnetworks.get",
    "compute.subnetworks.setPrivateIpGoogleAccess",
    "compute.subnetworks.update",
    "compute.targetHttpsProxies.create",
    "compute.targetHttpsProxies.delete",
    "compute.targetHttpsProxies.get",
    # A new domain's certificate.
    "compute.targetHttpsProxies.setSslCertificates",
    "compute.targetHttpsProxies.use",
    "compute.urlMaps.create",
    "compute.urlMaps.delete",
    "compute.urlMaps.get",
    "compute.urlMaps.update",
    "compute.urlMaps.use",
    # A record is read by listing with its name, and written as a change of its zone.
    "dns.changes.create",
    "dns.changes.get",
    "dns.managedZones.create",
    "dns.managedZones.delete",
    "dns.managedZones.get",
    "dns.managedZones.update",
    # The zone and the policy that logs queries are bound to the network.
    "dns.networks.bindPrivateDNSPolicy",
    "dns.networks.bindPrivateDNSZone",
    "dns.policies.create",
    "dns.policies.delete",
    "dns.policies.get",
    "dns.policies.update",
    "dns.resourceRecordSets.create",
    "dns.resourceRecordSets.delete",
    "dns.resourceRecordSets.list",
    "dns.resourceRecordSets.update",
  ]

  # Those of them that a plan needs to read what is there.
  perimeter_read_permissions = [
    for permission in local.perimeter_permissions : permission
    if(endswith(permission, ".get") && !strcontains(permission, "Operations.") && permission != "dns.changes.get")
    || permission == "dns.resourceRecordSets.list"
  ]
}
