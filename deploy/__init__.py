"""From a built image to one that may run: signed, attested, verified, admitted."""
